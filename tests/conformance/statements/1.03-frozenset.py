print([hasattr(frozenset(), m) for m in ('add', 'remove', 'clear')])
