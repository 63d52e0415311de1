/* python.exe as python.org builds it (PC/python.c): all of the interpreter is in python311.dll. */
#include <wchar.h>
__declspec(dllimport) int Py_Main(int count, wchar_t **arguments);
int wmain(int count, wchar_t **arguments) { return Py_Main(count, arguments); }
