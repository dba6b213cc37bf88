; Where a comparison is a check.
(if_expression condition: (_) @condition) @owner
(while_expression condition: (_) @condition) @owner
(guard condition: (_) @condition) @owner
((infix_expression left: (_) @condition operator: (operator_identifier) @operator) @owner
  (#any-of? @operator "&&" "||"))
((call_expression
  function: (identifier) @name
  arguments: (arguments . (_) @condition)) @owner
  (#any-of? @name "require" "assert" "assume"))

; null and missing values.
((infix_expression left: (_) @subject operator: (operator_identifier) @operator right: (null_literal))
  @guard.null_check
  (#any-of? @operator "==" "!=" "eq" "ne")
  (#set! in condition))
((field_expression value: (_) @subject field: (identifier) @name) @guard.null_check
  (#any-of? @name "isDefined" "nonEmpty" "isEmpty")
  (#set! in condition))
((call_expression function: (identifier) @name arguments: (arguments . (_) @subject . ))
  @guard.null_check
  (#eq? @name "Option"))
(match_expression
  value: (_) @subject
  body: (case_block (case_clause pattern: (null_literal)))) @guard.null_check
((match_expression
  value: (_) @subject
  body: (case_block (case_clause pattern: (identifier) @none))) @guard.null_check
  (#eq? @none "None"))

; Order and size.
((infix_expression left: (_) @subject operator: (operator_identifier) @operator)
  @guard.bounds_check
  (#any-of? @operator "<" "<=" ">" ">=")
  (#set! in condition))
((infix_expression
  left: (field_expression value: (_) @subject field: (identifier) @name)
  operator: (operator_identifier)) @guard.bounds_check
  (#any-of? @name "size" "length")
  (#set! in condition))
((call_expression function: (field_expression value: (_) @subject field: (identifier) @name))
  @guard.bounds_check
  (#any-of? @name "isDefinedAt" "indices" "lift"))

; Zero and emptiness.
((infix_expression
  left: (_) @subject
  operator: (operator_identifier) @operator
  right: (integer_literal) @zero) @guard.zero_check
  (#any-of? @operator "==" "!=" "<" "<=" ">" ">=")
  (#any-of? @zero "0" "1")
  (#set! in condition))
((field_expression value: (_) @subject field: (identifier) @name) @guard.zero_check
  (#any-of? @name "isEmpty" "nonEmpty")
  (#set! in condition))

; Keys, members, types.
((call_expression function: (field_expression value: (_) @subject field: (identifier) @name))
  @guard.key_check
  (#any-of? @name "contains" "isDefinedAt" "exists")
  (#set! in condition))
((generic_function function: (field_expression value: (_) @subject field: (identifier) @name))
  @guard.type_check
  (#eq? @name "isInstanceOf")
  (#set! in condition))
(match_expression
  value: (_) @subject
  body: (case_block (case_clause pattern: (typed_pattern)))) @guard.type_check

; Failures.
(try_expression (catch_clause (case_block (case_clause pattern: (_) @subject)))) @guard.try
(try_expression (finally_clause)) @guard.close
((call_expression function: (identifier) @name arguments: (_) @subject) @guard.try
  (#any-of? @name "Try" "Either"))
((call_expression function: (field_expression value: (_) @subject field: (identifier) @name))
  @guard.try
  (#any-of? @name "recover" "recoverWith" "handleErrorWith" "attempt"))
((call_expression function: (identifier) @name arguments: (arguments . (_) @subject))
  @guard.assert
  (#any-of? @name "require" "assert" "assume"))

; Locks, transactions, resources, waiting.
((call_expression
  function: [
    (identifier) @name @subject
    (field_expression value: (_) @subject field: (identifier) @name)
  ]) @guard.lock
  (#any-of? @name "synchronized" "lock" "unlock" "tryLock" "withPermit"))
((call_expression
  function: [
    (identifier) @name @subject
    (field_expression value: (_) @subject field: (identifier) @name)
  ]) @guard.transaction
  (#any-of? @name "transaction" "transactionally" "withTransaction" "localTx" "autoCommit" "commit"
    "rollback"))
((call_expression function: (identifier) @name arguments: (arguments . (_) @subject))
  @guard.close
  (#any-of? @name "Using" "using"))
((call_expression function: (field_expression value: (_) @subject field: (identifier) @name))
  @guard.close
  (#any-of? @name "close" "shutdown" "bracket" "use" "resource" "guarantee" "ensuring"))
((call_expression
  function: (field_expression value: (identifier) @await field: (identifier) @name)
  arguments: (arguments . (_) @subject)) @guard.await
  (#eq? @await "Await")
  (#any-of? @name "result" "ready"))

; Who may do this.
((call_expression
  function: [
    (identifier) @name
    (field_expression field: (identifier) @name)
  ]) @guard.auth @subject
  (#match? @name "(?i)^(authori[sz]e|authenticate|require|check|verify|ensure|assert|has|can|is)_?\\w*(auth|authenticated|authorized|login|loggedin|perm|perms|permission|permissions|access|admin|role|roles|csrf|token|signature|owner)$|^authori[sz]e$|^authenticate$"))

; A value in place of a missing one.
((call_expression function: (field_expression value: (_) @subject field: (identifier) @name))
  @guard.default
  (#any-of? @name "getOrElse" "orElse" "getOrElseUpdate" "applyOrElse" "withDefaultValue"))
((field_expression value: (_) @subject field: (identifier) @name) @guard.default
  (#any-of? @name "headOption" "lastOption" "toOption" "orNull"))
