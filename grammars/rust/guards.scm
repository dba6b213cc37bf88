; Where a comparison is a check.
(if_expression condition: (_) @condition) @owner
(while_expression condition: (_) @condition) @owner
(match_arm pattern: (match_pattern condition: (_) @condition)) @owner
(macro_invocation
  macro: (identifier) @macro
  (token_tree) @condition
  (#match? @macro "assert|ensure")) @owner

; Option.
((let_condition pattern: (tuple_struct_pattern type: (_) @variant) value: (_) @subject)
  @guard.null_check
  (#eq? @variant "Some")
  (#set! in condition))
((let_condition pattern: (identifier) @variant value: (_) @subject) @guard.null_check
  (#eq? @variant "None")
  (#set! in condition))
((let_declaration
  pattern: (tuple_struct_pattern type: (_) @variant)
  value: (_) @subject
  alternative: (_)) @guard.null_check
  (#eq? @variant "Some"))
((match_expression
  value: (_) @subject
  body: (match_block (match_arm pattern: (match_pattern (identifier) @variant))))
  @guard.null_check
  (#eq? @variant "None"))
((call_expression
  function: (field_expression value: (_) @subject field: (field_identifier) @name))
  @guard.null_check
  (#any-of? @name "is_some" "is_none" "is_some_and" "is_none_or")
  (#set! in condition))

; Result.
(try_expression (_) @subject) @guard.error_check
((let_condition pattern: (tuple_struct_pattern type: (_) @variant) value: (_) @subject)
  @guard.error_check
  (#any-of? @variant "Ok" "Err")
  (#set! in condition))
((let_declaration
  pattern: (tuple_struct_pattern type: (_) @variant)
  value: (_) @subject
  alternative: (_)) @guard.error_check
  (#eq? @variant "Ok"))
((match_expression
  value: (_) @subject
  body: (match_block
    (match_arm pattern: (match_pattern (tuple_struct_pattern type: (_) @variant)))))
  @guard.error_check
  (#eq? @variant "Err"))
((call_expression
  function: (field_expression value: (_) @subject field: (field_identifier) @name))
  @guard.error_check
  (#any-of? @name "is_ok" "is_err")
  (#set! in condition))
((call_expression
  function: (field_expression value: (_) @subject field: (field_identifier) @name))
  @guard.error_check
  (#any-of? @name "ok_or" "ok_or_else"))

; Order and size.
((binary_expression left: (_) @subject operator: ["<" "<=" ">" ">="]) @guard.bounds_check
  (#set! in condition))
((binary_expression
  left: (call_expression
    function: (field_expression value: (_) @subject field: (field_identifier) @name)))
  @guard.bounds_check
  (#eq? @name "len")
  (#set! in condition))
((call_expression
  function: (field_expression value: (_) @subject field: (field_identifier) @name))
  @guard.bounds_check
  (#match? @name "^(checked|saturating|wrapping)_|^(get|get_mut|clamp|min|max|split_at_checked)$"))

; Zero and emptiness.
((binary_expression
  left: (_) @subject
  operator: ["==" "!=" "<" "<=" ">" ">="]
  right: (integer_literal) @zero) @guard.zero_check
  (#any-of? @zero "0" "1")
  (#set! in condition))
((call_expression
  function: (field_expression value: (_) @subject field: (field_identifier) @name))
  @guard.zero_check
  (#eq? @name "is_empty")
  (#set! in condition))

; Keys and members.
((call_expression
  function: (field_expression value: (_) @subject field: (field_identifier) @name))
  @guard.key_check
  (#any-of? @name "contains_key" "contains")
  (#set! in condition))

; Failures, locks, transactions, resources.
((macro_invocation macro: (identifier) @name (token_tree) @subject) @guard.assert
  (#match? @name "^(debug_)?assert(_eq|_ne)?$|^ensure$"))
((call_expression function: (scoped_identifier name: (identifier) @name) @subject) @guard.try
  (#eq? @name "catch_unwind"))
((call_expression
  function: (field_expression value: (_) @subject field: (field_identifier) @name)) @guard.lock
  (#any-of? @name "lock" "try_lock" "blocking_lock"))
((call_expression
  function: (field_expression value: (_) @subject field: (field_identifier) @name)
  arguments: (arguments) @none) @guard.lock
  (#any-of? @name "read" "write")
  (#eq? @none "()"))
((call_expression
  function: (field_expression value: (_) @subject field: (field_identifier) @name))
  @guard.transaction
  (#any-of? @name "transaction" "begin" "commit" "rollback" "savepoint"))
((call_expression
  function: (field_expression value: (_) @subject field: (field_identifier) @name)) @guard.close
  (#any-of? @name "flush" "sync_all" "shutdown" "close"))
(await_expression (call_expression function: (_) @subject)) @guard.await

; Who may do this.
((call_expression
  function: [
    (identifier) @name
    (field_expression field: (field_identifier) @name)
    (scoped_identifier name: (identifier) @name)
  ]) @guard.auth @subject
  (#match? @name "^(authori[sz]e|authenticate|require|check|verify|ensure|assert|has|can|is)_?\\w*(auth|authenticated|authorized|login|logged_in|perm|perms|permission|permissions|access|admin|role|roles|csrf|token|signature|owner)\\w*$|^authori[sz]e$|^authenticate$"))

; A value in place of a missing one.
((call_expression
  function: (field_expression value: (_) @subject field: (field_identifier) @name)) @guard.default
  (#any-of? @name "unwrap_or" "unwrap_or_else" "unwrap_or_default" "map_or" "map_or_else" "or_else" "or_insert" "or_default" "or_insert_with"))
