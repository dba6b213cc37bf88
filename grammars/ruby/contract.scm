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
