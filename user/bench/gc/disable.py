# gc.disable()
import gc


def loop():
    gc.disable()
    print(gc.isenabled())
