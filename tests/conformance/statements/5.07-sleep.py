import time

print(time.sleep(0), time.sleep(0.001), time.sleep(False), time.sleep(1e-9))
for seconds in (-1, -0.5, float('nan'), float('inf'), 1e30, 9223372036854775807, 'a', None, []):
    try:
        time.sleep(seconds)
    except (ValueError, OverflowError, TypeError) as error:
        print(type(error).__name__, error)
