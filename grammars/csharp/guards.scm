; `_` with fields and words in place of a kind of node compiles faster: see swift/guards.scm.

; Where a comparison is a check.
(if_statement condition: (_) @condition) @owner
(while_statement condition: (_) @condition) @owner
(do_statement condition: (_) @condition) @owner
(for_statement condition: (_) @condition) @owner
(conditional_expression condition: (_) @condition) @owner
(when_clause (_) @condition) @owner
(_ left: (_) @condition operator: ["&&" "||"]) @owner
((invocation_expression
  function: (_ expression: _ name: (identifier) @name)
  arguments: (argument_list . (argument (_) @condition))) @owner
  (#eq? @name "Assert"))

; null.
((_
  left: (_) @subject
  operator: ["==" "!="]
  right: (null_literal)) @guard.null_check
  (#set! in condition))
((_
  left: (null_literal)
  operator: ["==" "!="]
  right: (_) @subject) @guard.null_check
  (#set! in condition))
((is_pattern_expression
  expression: (_) @subject
  pattern: [
    (constant_pattern (null_literal))
    (negated_pattern (constant_pattern (null_literal)))
    (recursive_pattern)
  ]) @guard.null_check
  (#set! in condition))
((invocation_expression
  function: (_ expression: _ name: (identifier) @name)
  arguments: (argument_list . (argument (_) @subject))) @guard.null_check
  (#any-of? @name "IsNullOrEmpty" "IsNullOrWhiteSpace")
  (#set! in condition))
((invocation_expression
  function: (_ expression: _ name: (identifier) @name)
  arguments: (argument_list . (argument (_) @subject))) @guard.null_check
  (#any-of? @name "ThrowIfNull" "ThrowIfNullOrEmpty" "ThrowIfNullOrWhiteSpace" "NotNull"
    "AgainstNull"))
((member_access_expression expression: (_) @subject name: (identifier) @name) @guard.null_check
  (#eq? @name "HasValue")
  (#set! in condition))
; `x ?? throw new ...`
(_ left: (_) @subject operator: "??" right: (throw_expression)) @guard.null_check

; Order and size.
((_ left: (_) @subject operator: ["<" "<=" ">" ">="]) @guard.bounds_check
  (#set! in condition))
((binary_expression left: (_ expression: (_) @subject name: (identifier) @name))
  @guard.bounds_check
  (#any-of? @name "Count" "Length")
  (#set! in condition))
((invocation_expression
  function: (_ expression: _ name: (identifier) @name)
  arguments: (argument_list . (argument (_) @subject))) @guard.bounds_check
  (#match? @name "^ThrowIf(Negative|Greater|Less|Zero)"))

; Zero and emptiness.
((_
  left: (_) @subject
  operator: ["==" "!=" "<" "<=" ">" ">="]
  right: (integer_literal) @zero) @guard.zero_check
  (#any-of? @zero "0" "1")
  (#set! in condition))
((invocation_expression function: (_ expression: (_) @subject name: (identifier) @name))
  @guard.zero_check
  (#eq? @name "Any")
  (#set! in condition))

; Keys, members, types.
((invocation_expression function: (_ expression: (_) @subject name: (identifier) @name))
  @guard.key_check
  (#any-of? @name "ContainsKey" "Contains" "TryGetValue" "TryDequeue" "TryPop" "TryPeek")
  (#set! in condition))
((invocation_expression
  function: (_ expression: _ name: (identifier) @name)
  arguments: (argument_list . (argument (_) @subject))) @guard.error_check
  (#match? @name "^TryParse")
  (#set! in condition))
((is_pattern_expression
  expression: (_) @subject
  pattern: [(declaration_pattern) (type_pattern) (constant_pattern (identifier))])
  @guard.type_check
  (#set! in condition))
((binary_expression left: (_) @subject operator: "is") @guard.type_check
  (#set! in condition))

; Failures.
(try_statement (catch_clause (catch_declaration type: (_) @subject))) @guard.try
(try_statement (catch_clause . "catch" . body: (_))) @guard.try
(try_statement (finally_clause)) @guard.close
((invocation_expression
  function: (member_access_expression expression: (identifier) @class name: (identifier) @name)
  arguments: (argument_list . (argument (_) @subject))) @guard.assert
  (#any-of? @class "Debug" "Trace" "Contract")
  (#any-of? @name "Assert" "Requires"))

; Locks, transactions, resources, waiting.
(lock_statement . (_) @subject) @guard.lock
((invocation_expression function: (_ expression: (_) @subject name: (identifier) @name))
  @guard.lock
  (#any-of? @name "Enter" "TryEnter" "Exit" "WaitOne" "WaitAsync" "Release" "EnterReadLock"
    "EnterWriteLock" "ExitReadLock" "ExitWriteLock"))
((invocation_expression function: (_ expression: (_) @subject name: (identifier) @name))
  @guard.transaction
  (#any-of? @name "BeginTransaction" "BeginTransactionAsync" "Commit" "CommitAsync" "Rollback"
    "RollbackAsync"))
(using_statement
  (variable_declaration (variable_declarator name: (_) @subject))) @guard.close
(using_statement
  . [
    (identifier)
    (invocation_expression)
    (object_creation_expression)
    (member_access_expression)
    (await_expression)
  ] @subject) @guard.close
((local_declaration_statement
  . "using"
  (variable_declaration (variable_declarator name: (_) @subject))) @guard.close)
((local_declaration_statement
  . "await" . "using"
  (variable_declaration (variable_declarator name: (_) @subject))) @guard.close)
((invocation_expression function: (_ expression: (_) @subject name: (identifier) @name))
  @guard.close
  (#any-of? @name "Dispose" "DisposeAsync" "Close"))
(await_expression (invocation_expression function: (_) @subject)) @guard.await
((invocation_expression function: (_ expression: (_) @subject name: (identifier) @name))
  @guard.await
  (#any-of? @name "Wait" "WaitAll" "WhenAll" "GetResult"))

; Who may do this.
((attribute name: (identifier) @subject) @guard.auth
  (#match? @subject "^(Authorize|RequirePermission|RequiredScope|ValidateAntiForgeryToken|AutoValidateAntiforgeryToken)(Attribute)?$"))
((invocation_expression
  function: [
    (identifier) @name
    (member_access_expression name: (identifier) @name)
  ]) @guard.auth @subject
  (#match? @name "(?i)^(authori[sz]e|authenticate|require|check|verify|validate|ensure|assert|has|can|is)_?\\w*(auth|authenticated|authorized|authorization|login|loggedin|perm|perms|permission|permissions|access|admin|role|roles|inrole|csrf|token|signature|owner)(async)?$|^authori[sz]e(async)?$|^authenticate(async)?$"))

; A value in place of a missing one.
(_ left: (_) @subject operator: "??") @guard.default
(assignment_expression left: (_) @subject operator: "??=") @guard.default
((invocation_expression function: (_ expression: (_) @subject name: (identifier) @name))
  @guard.default
  (#any-of? @name "GetValueOrDefault" "FirstOrDefault" "SingleOrDefault" "LastOrDefault"
    "DefaultIfEmpty" "GetOrAdd"))
(conditional_access_expression condition: (_) @subject) @guard.optional
