import weakref

weakref.ref([])
