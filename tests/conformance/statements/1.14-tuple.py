hash(([],))
