import weakref

weakref.ref(())
