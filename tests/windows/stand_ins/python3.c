/* python3.dll has no code: its exports (build/python3.def) are forwards to python311.dll. */
int __stdcall DllMainCRTStartup(void *instance, unsigned reason, void *reserved) { return 1; }
