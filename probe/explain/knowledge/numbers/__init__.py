"""What numbers and identifiers in logs mean: codes, substatus, events, results of cmdlets."""
