; `x!` is the opposite of a guard, `as` and `satisfies` are none.
((call_expression
  function: (identifier) @name
  arguments: (arguments . (_) @subject)) @guard.type_check
  (#match? @name "^is[A-Z]")
  (#set! in condition))
(call_expression function: (_) @subject "?.") @guard.optional
