; Where a comparison is a check. Conditions have no node around them.
(if_statement condition: (_) @condition) @owner
(guard_statement condition: (_) @condition) @owner
(while_statement condition: (_) @condition) @owner
(repeat_while_statement condition: (_) @condition) @owner
(ternary_expression condition: (_) @condition) @owner
((call_expression
  . (simple_identifier) @name
  (call_suffix (value_arguments . (value_argument value: (_) @condition)))) @owner
  (#any-of? @name "assert" "precondition"))

; nil: comparisons, and names that are bound when there is a value.
((equality_expression lhs: (_) @subject rhs: (nil_literal)) @guard.null_check
  (#set! in condition))
((equality_expression lhs: (_) @subject rhs: (disjunction_expression lhs: (nil_literal)))
  @guard.null_check
  (#set! in condition))
((equality_expression lhs: (_) @subject rhs: (conjunction_expression lhs: (nil_literal)))
  @guard.null_check
  (#set! in condition))
((infix_expression lhs: (_) @subject rhs: (nil_literal)) @guard.null_check
  (#set! in condition))
(if_statement
  condition: (value_binding_pattern)
  bound_identifier: (_)
  . condition: "="
  . condition: (_) @subject) @guard.null_check
(guard_statement
  condition: (value_binding_pattern)
  bound_identifier: (_)
  . condition: "="
  . condition: (_) @subject) @guard.null_check
(while_statement
  condition: (value_binding_pattern)
  bound_identifier: (_)
  . condition: "="
  . condition: (_) @subject) @guard.null_check
; `if let user {`
(if_statement
  condition: (value_binding_pattern)
  bound_identifier: (_) @subject
  . "{") @guard.null_check
(guard_statement
  condition: (value_binding_pattern)
  bound_identifier: (_) @subject
  . (else)) @guard.null_check

; Order and size.
((comparison_expression lhs: (_) @subject op: ["<" "<=" ">" ">="]) @guard.bounds_check
  (#set! in condition))
((comparison_expression
  lhs: (navigation_expression
    target: (_) @subject
    suffix: (navigation_suffix suffix: (simple_identifier) @name))) @guard.bounds_check
  (#any-of? @name "count" "endIndex" "startIndex")
  (#set! in condition))
((call_expression
  . (navigation_expression
    target: (_) @subject
    suffix: (navigation_suffix suffix: (simple_identifier) @name))
  (call_suffix)) @guard.bounds_check
  (#eq? @name "contains")
  (#match? @subject "indices$|\\.\\.")
  (#set! in condition))

; Zero and emptiness.
((equality_expression lhs: (_) @subject rhs: (integer_literal) @zero) @guard.zero_check
  (#any-of? @zero "0" "1")
  (#set! in condition))
((comparison_expression lhs: (_) @subject rhs: (integer_literal) @zero) @guard.zero_check
  (#any-of? @zero "0" "1")
  (#set! in condition))
; `n != 0` is read as an operator of the user's own.
((infix_expression lhs: (_) @subject rhs: (integer_literal) @zero) @guard.zero_check
  (#any-of? @zero "0" "1")
  (#set! in condition))
((navigation_expression
  target: (_) @subject
  suffix: (navigation_suffix suffix: (simple_identifier) @name)) @guard.zero_check
  (#eq? @name "isEmpty")
  (#set! in condition))

; Keys and types.
((call_expression
  . (navigation_expression
    target: (_) @subject
    suffix: (navigation_suffix suffix: (simple_identifier) @name))) @guard.key_check
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
((call_expression
  . (simple_identifier) @name
  (call_suffix (value_arguments . (value_argument value: (_) @subject)))) @guard.assert
  (#any-of? @name "assert" "precondition"))

; Locks, resources, waiting. `defer` reads like a call with a closure.
((call_expression
  . (navigation_expression
    target: (_) @subject
    suffix: (navigation_suffix suffix: (simple_identifier) @name))) @guard.lock
  (#any-of? @name "lock" "unlock" "withLock" "try" "wait" "signal" "sync")
  (#match? @subject "(?i)lock|mutex|semaphore|queue"))
((call_expression
  . (simple_identifier) @name
  (call_suffix (lambda_literal) @subject)) @guard.close
  (#eq? @name "defer"))
((call_expression
  . (navigation_expression
    target: (_) @subject
    suffix: (navigation_suffix suffix: (simple_identifier) @name))) @guard.close
  (#any-of? @name "close" "invalidate" "cancel" "closeFile"))
((call_expression
  . (navigation_expression
    target: (_) @subject
    suffix: (navigation_suffix suffix: (simple_identifier) @name))) @guard.transaction
  (#any-of? @name "beginTransaction" "commit" "rollback" "inTransaction" "performAndWait"))
(await_expression expr: (_) @subject) @guard.await
; `[weak self]` keeps a closure from holding its object.
(capture_list_item (ownership_modifier) (self_expression) @subject) @guard.null_check

; Who may do this.
((call_expression
  . [
    (simple_identifier) @name
    (navigation_expression suffix: (navigation_suffix suffix: (simple_identifier) @name))
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
