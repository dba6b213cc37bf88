; Where a comparison is a check.
(if_statement condition: (_) @condition) @owner
(while_statement condition: (_) @condition) @owner
(for_statement condition: (_) @condition) @owner
(ternary_expression condition: (_) @condition) @owner
(assert_statement . (_) @condition) @owner
(binary_expression left: (_) @condition operator: "&&") @owner
(binary_expression left: (_) @condition operator: "||") @owner

; null.
((binary_expression
  left: (_) @subject
  operator: ["==" "!="]
  right: (null_literal)) @guard.null_check
  (#set! in condition))
((binary_expression
  left: (null_literal)
  operator: ["==" "!="]
  right: (_) @subject) @guard.null_check
  (#set! in condition))
((method_invocation name: (identifier) @name arguments: (argument_list . (_) @subject))
  @guard.null_check
  (#any-of? @name "requireNonNull" "checkNotNull" "nonNull" "isNull" "notNull"))
((method_invocation object: (_) @subject name: (identifier) @name) @guard.null_check
  (#any-of? @name "isPresent" "isEmpty" "ifPresent"))

; Order and size.
((binary_expression left: (_) @subject operator: ["<" "<=" ">" ">="]) @guard.bounds_check
  (#set! in condition))
((binary_expression left: (method_invocation object: (_) @subject name: (identifier) @name))
  @guard.bounds_check
  (#any-of? @name "size" "length")
  (#set! in condition))
((method_invocation name: (identifier) @name arguments: (argument_list . (_) @subject))
  @guard.bounds_check
  (#any-of? @name "checkIndex" "checkElementIndex" "checkArgument"))
((method_invocation object: (_) @subject name: (identifier) @name) @guard.bounds_check
  (#eq? @name "hasNext")
  (#set! in condition))

; Zero and emptiness.
((binary_expression
  left: (_) @subject
  operator: ["==" "!=" "<" "<=" ">" ">="]
  right: (decimal_integer_literal) @zero) @guard.zero_check
  (#any-of? @zero "0" "1")
  (#set! in condition))
((method_invocation object: (_) @subject name: (identifier) @name) @guard.zero_check
  (#any-of? @name "isEmpty" "isBlank")
  (#set! in condition))

; Keys and members.
((method_invocation object: (_) @subject name: (identifier) @name) @guard.key_check
  (#any-of? @name "containsKey" "contains" "has")
  (#set! in condition))

; Types.
((instanceof_expression left: (_) @subject) @guard.type_check
  (#set! in condition))

; Failures.
(try_statement (catch_clause (catch_formal_parameter (catch_type) @subject))) @guard.try
(try_with_resources_statement
  (catch_clause (catch_formal_parameter (catch_type) @subject))) @guard.try
(try_statement (finally_clause)) @guard.close
(try_with_resources_statement resources: (_) @subject) @guard.close
(assert_statement . (_) @subject) @guard.assert
((method_invocation object: (_) @subject name: (identifier) @name) @guard.close
  (#eq? @name "close"))

; Locks, transactions, waiting.
(synchronized_statement (parenthesized_expression (_) @subject)) @guard.lock
((method_declaration (modifiers) @modifiers name: (identifier) @subject) @guard.lock
  (#match? @modifiers "\\bsynchronized\\b"))
((method_invocation object: (_) @subject name: (identifier) @name) @guard.lock
  (#any-of? @name "lock" "tryLock" "unlock" "acquire"))
((modifiers (_ name: (identifier) @subject) @guard.transaction)
  (#match? @subject "Transactional$"))
((method_invocation object: (_) @subject name: (identifier) @name) @guard.transaction
  (#any-of? @name "beginTransaction" "commit" "rollback"))
((method_invocation object: (_) @subject name: (identifier) @name) @guard.await
  (#any-of? @name "await" "join" "awaitTermination"))

; Who may do this.
((modifiers (_ name: (identifier) @subject) @guard.auth)
  (#match? @subject "^(PreAuthorize|PostAuthorize|Secured|RolesAllowed|RequiresPermissions|RequiresRoles|Authenticated)$"))
((method_invocation name: (identifier) @name) @guard.auth @subject
  (#match? @name "(?i)^(authori[sz]e|authenticate|require|check|verify|ensure|assert|has|can|is)_?\\w*(auth|authenticated|authorized|login|loggedin|perm|perms|permission|permissions|access|admin|role|roles|csrf|token|signature|owner)\\w*$|^authori[sz]e$|^authenticate$"))

; A value in place of a missing one.
((method_invocation object: (_) @subject name: (identifier) @name) @guard.default
  (#any-of? @name "orElse" "orElseGet" "getOrDefault" "orElseThrow" "computeIfAbsent" "putIfAbsent"))
((method_invocation name: (identifier) @name arguments: (argument_list . (_) @subject))
  @guard.default
  (#any-of? @name "requireNonNullElse" "requireNonNullElseGet" "defaultIfNull"))
