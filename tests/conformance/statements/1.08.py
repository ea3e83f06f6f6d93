print('hel' + 'lo' is 'hello', 'a' * 4096 is 'a' * 4096, 'a' * 4097 is 'a' * 4097)
