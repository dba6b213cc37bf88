; Where a comparison is a check.
(if_statement condition: (_) @condition) @owner
(else_if_clause condition: (_) @condition) @owner
(while_statement condition: (_) @condition) @owner
(for_statement condition: (_) @condition) @owner
(conditional_expression condition: (_) @condition) @owner
(match_conditional_expression conditional_expressions: (_) @condition) @owner
(binary_expression left: (_) @condition operator: ["&&" "||" "and" "or"]) @owner
((function_call_expression
  function: (name) @name
  arguments: (arguments . (argument (_) @condition))) @owner
  (#eq? @name "assert"))

; null.
((binary_expression
  left: (_) @subject
  operator: ["==" "!=" "===" "!==" "<>"]
  right: (null)) @guard.null_check
  (#set! in condition))
((binary_expression
  left: (null)
  operator: ["==" "!=" "===" "!==" "<>"]
  right: (_) @subject) @guard.null_check
  (#set! in condition))
((function_call_expression
  function: (name) @name
  arguments: (arguments . (argument (_) @subject))) @guard.null_check
  (#any-of? @name "is_null" "isset" "empty" "filled" "blank")
  (#set! in condition))
((unary_op_expression
  operator: "!"
  argument: [(variable_name) (member_access_expression)] @subject) @guard.null_check
  (#set! in condition))
((if_statement
  condition: (parenthesized_expression
    [(variable_name) (member_access_expression)] @subject @guard.null_check))
  (#set! in condition))
((conditional_expression
  condition: [(variable_name) (member_access_expression)] @subject @guard.null_check)
  (#set! in condition))
((binary_expression
  left: [(variable_name) (member_access_expression)] @subject @guard.null_check
  operator: ["&&" "and"])
  (#set! in condition))

; Failure as a value.
((binary_expression
  left: (_) @subject
  operator: ["==" "!=" "===" "!=="]
  right: (boolean) @false) @guard.error_check
  (#match? @false "(?i)^false$")
  (#set! in condition))

; Order and size.
((binary_expression left: (_) @subject operator: ["<" "<=" ">" ">="]) @guard.bounds_check
  (#set! in condition))
((binary_expression
  left: (function_call_expression
    function: (name) @name
    arguments: (arguments . (argument (_) @subject)))) @guard.bounds_check
  (#any-of? @name "count" "sizeof" "strlen" "mb_strlen")
  (#set! in condition))

; Zero and emptiness.
((binary_expression
  left: (_) @subject
  operator: ["==" "!=" "===" "!==" "<" "<=" ">" ">="]
  right: (integer) @zero) @guard.zero_check
  (#any-of? @zero "0" "1")
  (#set! in condition))
((function_call_expression
  function: (name) @name
  arguments: (arguments . (argument (_) @subject))) @guard.zero_check
  (#eq? @name "empty")
  (#set! in condition))

; Keys and types.
((function_call_expression
  function: (name) @name
  arguments: (arguments (argument (_) @subject) .)) @guard.key_check
  (#any-of? @name "array_key_exists" "in_array" "property_exists" "method_exists")
  (#set! in condition))
((function_call_expression
  function: (name) @name
  arguments: (arguments . (argument (subscript_expression . (_) @subject)))) @guard.key_check
  (#eq? @name "isset")
  (#set! in condition))
((member_call_expression object: (_) @subject name: (name) @name) @guard.key_check
  (#any-of? @name "has" "offsetExists" "contains" "containsKey")
  (#set! in condition))
((binary_expression left: (_) @subject operator: "instanceof") @guard.type_check
  (#set! in condition))
((function_call_expression
  function: (name) @name
  arguments: (arguments . (argument (_) @subject))) @guard.type_check
  (#match? @name "^(is_(array|bool|callable|float|int|iterable|numeric|object|resource|scalar|string|a|subclass_of)|ctype_\\w+)$")
  (#set! in condition))

; Failures.
(try_statement (catch_clause type: (_) @subject)) @guard.try
(try_statement (finally_clause)) @guard.close
(error_suppression_expression (_) @subject) @guard.try
((function_call_expression
  function: (name) @name
  arguments: (arguments . (argument (_) @subject))) @guard.assert
  (#eq? @name "assert"))
((scoped_call_expression
  scope: (name) @class
  arguments: (arguments . (argument (_) @subject))) @guard.assert
  (#eq? @class "Assert"))

; Locks, transactions, resources.
((function_call_expression
  function: (name) @name
  arguments: (arguments . (argument (_) @subject))) @guard.lock
  (#any-of? @name "flock" "sem_acquire" "sem_release"))
((member_call_expression object: (_) @subject name: (name) @name) @guard.lock
  (#any-of? @name "lock" "unlock" "acquire" "block" "lockForUpdate" "sharedLock"))
((member_call_expression object: (_) @subject name: (name) @name) @guard.transaction
  (#any-of? @name "beginTransaction" "commit" "rollBack" "rollback" "transaction" "transactional"))
((scoped_call_expression scope: (name) @subject name: (name) @name) @guard.transaction
  (#any-of? @name "beginTransaction" "commit" "rollBack" "transaction"))
((function_call_expression
  function: (name) @name
  arguments: (arguments . (argument (_) @subject))) @guard.close
  (#any-of? @name "fclose" "closedir" "curl_close" "pclose" "ob_end_clean" "unlink"))
((member_call_expression object: (_) @subject name: (name) @name) @guard.close
  (#any-of? @name "close" "closeCursor" "disconnect"))

; Who may do this, and whether a text is safe to show.
([
  (function_call_expression function: (name) @name)
  (member_call_expression name: (name) @name)
  (scoped_call_expression name: (name) @name)
] @guard.auth @subject
  (#match? @name "(?i)^(authori[sz]e|authenticate|require|check|verify|validate|ensure|assert|has|can|is|current_user)_?\\w*(auth|authenticated|authorized|granted|login|logged_?in|perm|perms|permission|permissions|access|admin|role|roles|csrf|nonce|token|signature|owner|user_can)\\w*$|^authori[sz]e$|^authenticate$|^current_user_can$|^denyAccessUnlessGranted$|^middleware$"))
((attribute (name) @name) @guard.auth @subject
  (#match? @name "^(IsGranted|Security|RequiresPermission)$"))

; A value in place of a missing one.
(binary_expression left: (_) @subject operator: "??") @guard.default
(augmented_assignment_expression left: (_) @subject operator: "??=") @guard.default
(conditional_expression condition: (_) @subject !body) @guard.default
(nullsafe_member_call_expression object: (_) @subject) @guard.optional
(nullsafe_member_access_expression object: (_) @subject) @guard.optional
