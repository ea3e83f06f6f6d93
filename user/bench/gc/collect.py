# gc.collect()
import gc


def loop():
    print(gc.collect())
