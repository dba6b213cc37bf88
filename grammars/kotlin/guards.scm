; Where a comparison is a check.
(if_expression condition: (_) @condition) @owner
(while_statement condition: (_) @condition) @owner
(do_while_statement condition: (_) @condition) @owner
(when_entry condition: (_) @condition) @owner
(binary_expression left: (_) @condition operator: ["&&" "||"]) @owner
((call_expression
  . (identifier) @name
  (value_arguments . (value_argument (_) @condition))) @owner
  (#any-of? @name "require" "check" "assert"))

; null.
((binary_expression
  left: (_) @subject
  operator: ["==" "!=" "===" "!=="]
  right: (identifier) @null) @guard.null_check
  (#eq? @null "null")
  (#set! in condition))
((call_expression
  . (identifier) @name
  (value_arguments . (value_argument (_) @subject))) @guard.null_check
  (#any-of? @name "requireNotNull" "checkNotNull"))
((call_expression . (navigation_expression (_) @subject (identifier) @name .)) @guard.null_check
  (#any-of? @name "isNullOrEmpty" "isNullOrBlank")
  (#set! in condition))
; `x ?: return`
(binary_expression
  left: (_) @subject
  operator: "?:"
  right: [(return_expression) (throw_expression)]) @guard.null_check
; `x?.let { ... }`
((call_expression
  . (navigation_expression (_) @subject "?." (identifier) @name .)
  (annotated_lambda)) @guard.null_check
  (#any-of? @name "let" "also" "run" "apply"))

; Order and size.
((binary_expression left: (_) @subject operator: ["<" "<=" ">" ">="]) @guard.bounds_check
  (#set! in condition))
((in_expression left: (_) @subject right: (range_expression)) @guard.bounds_check
  (#set! in condition))
((call_expression . (navigation_expression (_) @subject (identifier) @name .)) @guard.bounds_check
  (#any-of? @name "coerceIn" "coerceAtLeast" "coerceAtMost"))
((binary_expression
  left: (navigation_expression (_) @subject (identifier) @name .)) @guard.bounds_check
  (#any-of? @name "size" "length" "lastIndex")
  (#set! in condition))

; Zero and emptiness.
((binary_expression
  left: (_) @subject
  operator: ["==" "!=" "<" "<=" ">" ">="]
  right: (number_literal) @zero) @guard.zero_check
  (#any-of? @zero "0" "1" "0L")
  (#set! in condition))
((call_expression . (navigation_expression (_) @subject (identifier) @name .)) @guard.zero_check
  (#any-of? @name "isEmpty" "isNotEmpty" "isBlank" "isNotBlank" "any" "none")
  (#set! in condition))

; Keys, members, types.
((call_expression . (navigation_expression (_) @subject (identifier) @name .)) @guard.key_check
  (#any-of? @name "containsKey" "contains" "has")
  (#set! in condition))
((in_expression left: (_) right: [(identifier) (navigation_expression)] @subject)
  @guard.key_check
  (#set! in condition))
((is_expression left: (_) @subject) @guard.type_check
  (#set! in condition))
(as_expression left: (_) @subject "as?") @guard.type_check
(when_expression
  (when_subject (_) @subject)
  (when_entry condition: (type_test))) @guard.type_check

; Failures.
(try_expression (catch_block (user_type) @subject)) @guard.try
(try_expression (finally_block)) @guard.close
((call_expression . (identifier) @subject (annotated_lambda)) @guard.try
  (#eq? @subject "runCatching"))
((call_expression
  . (identifier) @name
  (value_arguments . (value_argument (_) @subject))) @guard.assert
  (#any-of? @name "require" "check" "assert"))

; Locks, transactions, resources, waiting.
((call_expression
  . (call_expression
    . (identifier) @name
    (value_arguments . (value_argument (_) @subject)))) @guard.lock
  (#eq? @name "synchronized"))
((call_expression . (navigation_expression (_) @subject (identifier) @name .)) @guard.lock
  (#any-of? @name "withLock" "lock" "tryLock" "unlock" "withPermit" "acquire" "read" "write")
  (#not-any-of? @name "read" "write"))
((annotation (_ . (identifier) @subject)) @guard.lock
  (#eq? @subject "Synchronized"))
((annotation (user_type (identifier) @subject .)) @guard.lock
  (#eq? @subject "Synchronized"))
((annotation (user_type (identifier) @subject .)) @guard.transaction
  (#match? @subject "Transactional$"))
((call_expression . [(identifier) @name (navigation_expression (identifier) @name .)]
  (annotated_lambda)) @guard.transaction @subject
  (#any-of? @name "transaction" "withTransaction" "inTransaction" "newSuspendedTransaction"))
((call_expression . (navigation_expression (_) @subject (identifier) @name .)
  (annotated_lambda)) @guard.close
  (#any-of? @name "use" "useLines"))
((call_expression . (navigation_expression (_) @subject (identifier) @name .)) @guard.close
  (#any-of? @name "close" "cancel" "dispose" "recycle"))
((call_expression . (navigation_expression (_) @subject (identifier) @name .)) @guard.await
  (#any-of? @name "await" "join" "awaitAll" "joinAll"))

; Who may do this.
((annotation (constructor_invocation (user_type (identifier) @subject .))) @guard.auth
  (#match? @subject "^(PreAuthorize|PostAuthorize|Secured|RolesAllowed|RequiresPermissions|RequiresRoles|Authenticated)$"))
((annotation (user_type (identifier) @subject .)) @guard.auth
  (#match? @subject "^(PreAuthorize|PostAuthorize|Secured|RolesAllowed|Authenticated)$"))
((call_expression . [(identifier) @name (navigation_expression (identifier) @name .)])
  @guard.auth @subject
  (#match? @name "(?i)^(authori[sz]e|authenticate|require|check|verify|ensure|assert|has|can|is)_?\\w*(auth|authenticated|authorized|login|loggedin|perm|perms|permission|permissions|access|admin|role|roles|csrf|token|signature|owner)$|^authori[sz]e$|^authenticate$"))

; A value in place of a missing one.
(binary_expression left: (_) @subject operator: "?:") @guard.default
((call_expression . (navigation_expression (_) @subject (identifier) @name .)) @guard.default
  (#any-of? @name "orEmpty" "getOrDefault" "getOrElse" "getOrNull" "firstOrNull" "lastOrNull"
    "singleOrNull" "getOrPut" "ifEmpty" "ifBlank"))
(navigation_expression (_) @subject "?.") @guard.optional
