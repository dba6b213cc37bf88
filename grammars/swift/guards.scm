; The grammar is large: a kind of node that has children in a pattern takes up to 80 ms to
; compile, `_` takes none but is tried at every node. So nodes are told by their fields
; and words where that says the same.

; Where a comparison is a check: `if`, `guard`, `while`, `repeat`, `?:`. Conditions have
; no node around them.
(_ condition: (_) @condition) @owner
((_
  . (simple_identifier) @name
  . (call_suffix (value_arguments . (value_argument value: (_) @condition)))) @owner
  (#any-of? @name "assert" "precondition"))

; nil: comparisons, and names that are bound when there is a value.
((_ lhs: (_) @subject rhs: (nil_literal)) @guard.null_check
  (#set! in condition))
; `a == nil || b` is read as `a == (nil || b)`.
((_
  lhs: (_) @subject
  op: ["==" "!=" "===" "!=="]
  rhs: (_ lhs: (nil_literal) op: ["&&" "||"])) @guard.null_check
  (#set! in condition))
(_
  condition: (value_binding_pattern)
  bound_identifier: (_)
  . condition: "="
  . condition: (_) @subject) @guard.null_check
; `if let user {`
(_
  "if"
  condition: (value_binding_pattern)
  bound_identifier: (_) @subject
  . "{") @guard.null_check
(_
  "guard"
  condition: (value_binding_pattern)
  bound_identifier: (_) @subject
  . (else)) @guard.null_check

; Order and size.
((_ lhs: (_) @subject op: ["<" "<=" ">" ">="]) @guard.bounds_check
  (#set! in condition))
((_
  lhs: (_ target: (_) @subject suffix: (_ suffix: (simple_identifier) @name))
  op: ["<" "<=" ">" ">="]) @guard.bounds_check
  (#any-of? @name "count" "endIndex" "startIndex")
  (#set! in condition))
((call_expression
  . (_ target: (_) @subject suffix: (_ suffix: (simple_identifier) @name))) @guard.bounds_check
  (#eq? @name "contains")
  (#match? @subject "indices$|\\.\\.")
  (#set! in condition))

; Zero and emptiness.
((_
  lhs: (_) @subject
  op: ["==" "!=" "===" "!==" "<" "<=" ">" ">="]
  rhs: (integer_literal) @zero) @guard.zero_check
  (#any-of? @zero "0" "1")
  (#set! in condition))
; `n != 0` is read as an operator of the user's own.
((infix_expression lhs: (_) @subject rhs: (integer_literal) @zero) @guard.zero_check
  (#any-of? @zero "0" "1")
  (#set! in condition))
((_ target: (_) @subject suffix: (_ suffix: (simple_identifier) @name)) @guard.zero_check
  (#eq? @name "isEmpty")
  (#set! in condition))

; Keys and types.
((call_expression
  . (_ target: (_) @subject suffix: (_ suffix: (simple_identifier) @name))) @guard.key_check
  (#eq? @name "contains")
  (#set! in condition))
((as_expression expr: (_) @subject (as_operator) @as) @guard.type_check
  (#eq? @as "as?"))
((check_expression target: (_) @subject) @guard.type_check
  (#set! in condition))

; Failures.
(do_statement (catch_block error: (_) @subject)) @guard.try
(do_statement (catch_block !error)) @guard.try
((try_expression (try_operator) @try expr: (_) @subject) @guard.try
  (#eq? @try "try?"))
((_
  . (simple_identifier) @name
  . (call_suffix (value_arguments . (value_argument value: (_) @subject)))) @guard.assert
  (#any-of? @name "assert" "precondition"))

; Locks, resources, waiting. `defer` reads like a call with a closure.
((call_expression
  . (_ target: (_) @subject suffix: (_ suffix: (simple_identifier) @name))) @guard.lock
  (#any-of? @name "lock" "unlock" "withLock" "try" "wait" "signal" "sync")
  (#match? @subject "(?i)lock|mutex|semaphore|queue"))
((_
  . (simple_identifier) @name
  . (call_suffix (lambda_literal) @subject)) @guard.close
  (#eq? @name "defer"))
((call_expression
  . (_ target: (_) @subject suffix: (_ suffix: (simple_identifier) @name))) @guard.close
  (#any-of? @name "close" "invalidate" "cancel" "closeFile"))
((call_expression
  . (_ target: (_) @subject suffix: (_ suffix: (simple_identifier) @name))) @guard.transaction
  (#any-of? @name "beginTransaction" "commit" "rollback" "inTransaction" "performAndWait"))
(await_expression expr: (_) @subject) @guard.await
; `[weak self]` keeps a closure from holding its object.
(capture_list_item (ownership_modifier) (self_expression) @subject) @guard.null_check

; Who may do this.
((call_expression
  . [
    (simple_identifier) @name
    (_ suffix: (_ suffix: (simple_identifier) @name))
  ]) @guard.auth @subject
  (#match? @name "(?i)^(authori[sz]e|authenticate|require|check|verify|validate|ensure|assert|has|can|is)_?\\w*(auth|authenticated|authorized|login|loggedin|perm|perms|permission|permissions|access|admin|role|roles|csrf|token|signature|owner)$|^authori[sz]e$|^authenticate$|^evaluatePolicy$"))

; A value in place of a missing one.
(nil_coalescing_expression value: (_) @subject) @guard.default
((call_expression
  . (_) @subject
  (call_suffix
    (value_arguments
      (value_argument name: (value_argument_label (simple_identifier) @label))))) @guard.default
  (#eq? @label "default"))
(navigation_expression target: (_) @subject target: "?") @guard.optional
