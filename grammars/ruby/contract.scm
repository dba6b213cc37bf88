; What a method promises its callers. Visibility is set by calls, which these
; queries do not follow.
((call
  method: (identifier) @_raise
  arguments: (argument_list
    . [
      (constant) @raises
      (scope_resolution name: (constant) @raises)
      (call receiver: (constant) @raises)
      (call receiver: (scope_resolution name: (constant) @raises))
    ]))
  (#any-of? @_raise "raise" "fail"))
(return (argument_list . (nil))) @nothing
; A `return` in a block leaves the method, in a lambda the lambda alone.
(lambda) @closure
((call method: (identifier) @_made block: (_) @closure)
  (#any-of? @_made "lambda" "define_method" "define_singleton_method"))
