import weakref

weakref.ref({})
