; A local variable carries a `$`, so it hides no function and no class. Names of
; arguments are no uses.
(argument name: (name) @label)
