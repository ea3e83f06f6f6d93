import weakref

weakref.ref(None)
