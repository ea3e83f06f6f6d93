import weakref

weakref.ref('s')
