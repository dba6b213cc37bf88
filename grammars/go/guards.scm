; Where a comparison is a check.
(if_statement condition: (_) @condition) @owner
(for_statement (for_clause condition: (_) @condition)) @owner
(for_statement . (binary_expression) @condition) @owner
(expression_switch_statement (expression_case value: (_) @condition) @owner)

; Errors.
((binary_expression left: (_) @subject operator: ["==" "!="] right: (nil)) @guard.error_check
  (#match? @subject "(?i)err(or)?$")
  (#set! in condition))
((call_expression
  function: (selector_expression operand: (identifier) @package field: (field_identifier) @name)
  arguments: (argument_list . (_) @subject)) @guard.error_check
  (#eq? @package "errors")
  (#any-of? @name "Is" "As")
  (#set! in condition))

; nil and truth.
((binary_expression left: (_) @subject operator: ["==" "!="] right: (nil)) @guard.null_check
  (#not-match? @subject "(?i)err(or)?$")
  (#set! in condition))

; `v, ok := m[k]` and `if ok`.
((if_statement condition: (identifier) @subject @guard.key_check)
  (#any-of? @subject "ok" "found" "exists")
  (#set! in condition))
((unary_expression operator: "!" operand: (identifier) @subject) @guard.key_check
  (#any-of? @subject "ok" "found" "exists")
  (#set! in condition))

; Order and size.
((binary_expression left: (_) @subject operator: ["<" "<=" ">" ">="]) @guard.bounds_check
  (#set! in condition))
((binary_expression
  left: (call_expression
    function: (identifier) @function
    arguments: (argument_list . (_) @subject))) @guard.bounds_check
  (#any-of? @function "len" "cap")
  (#set! in condition))

; Zero and emptiness.
((binary_expression
  left: (_) @subject
  operator: ["==" "!=" "<" "<=" ">" ">="]
  right: (int_literal) @zero) @guard.zero_check
  (#any-of? @zero "0" "1")
  (#set! in condition))
((binary_expression
  left: (_) @subject
  operator: ["==" "!="]
  right: (interpreted_string_literal) @empty) @guard.zero_check
  (#eq? @empty "\"\"")
  (#set! in condition))
((call_expression
  function: (selector_expression operand: (_) @subject field: (field_identifier) @name))
  @guard.zero_check
  (#any-of? @name "IsZero" "IsEmpty" "Empty")
  (#set! in condition))

; Types.
(short_var_declaration
  left: (expression_list (_) . (_))
  right: (expression_list (type_assertion_expression operand: (_) @subject))) @guard.type_check
(type_switch_statement value: (_) @subject) @guard.type_check
; A looked-up key whose presence is taken along.
(short_var_declaration
  left: (expression_list (_) . (_))
  right: (expression_list (index_expression operand: (_) @subject))) @guard.key_check

; Failures.
((call_expression function: (identifier) @subject) @guard.try
  (#eq? @subject "recover"))

; Locks, transactions, resources.
((call_expression
  function: (selector_expression operand: (_) @subject field: (field_identifier) @name)) @guard.lock
  (#any-of? @name "Lock" "RLock" "TryLock" "Unlock" "RUnlock"))
((call_expression
  function: (selector_expression operand: (_) @subject field: (field_identifier) @name))
  @guard.transaction
  (#any-of? @name "Begin" "BeginTx" "Commit" "Rollback" "Transaction"))
((defer_statement
  (call_expression
    function: (selector_expression operand: (_) @subject field: (field_identifier) @name)))
  @guard.close
  (#not-any-of? @name "Unlock" "RUnlock" "Rollback"))
(defer_statement (call_expression function: (identifier) @subject)) @guard.close
((call_expression
  function: (selector_expression operand: (_) @subject field: (field_identifier) @name))
  @guard.await
  (#eq? @name "Wait"))

; Who may do this.
((call_expression
  function: [
    (identifier) @name
    (selector_expression field: (field_identifier) @name)
  ]) @guard.auth @subject
  (#match? @name "(?i)^(authori[sz]e|authenticate|require|check|verify|ensure|assert|has|can|is)_?\\w*(auth|authenticated|authorized|login|loggedin|perm|perms|permission|permissions|access|admin|role|roles|csrf|token|signature|owner)\\w*$|^authori[sz]e$|^authenticate$"))

; A value in place of a missing one.
((call_expression
  function: (selector_expression operand: (identifier) @package field: (field_identifier) @name)
  arguments: (argument_list . (_) @subject)) @guard.default
  (#eq? @package "cmp")
  (#eq? @name "Or"))
