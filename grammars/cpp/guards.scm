; A declaration as condition: `if (auto *p = find())`.
((if_statement
  condition: (condition_clause
    value: (declaration
      declarator: [
        (identifier) @subject
        (pointer_declarator (identifier) @subject)
      ]) @guard.null_check))
  (#set! in condition))
((call_expression
  function: (field_expression argument: (_) @subject field: (field_identifier) @name))
  @guard.null_check
  (#any-of? @name "has_value" "isNull" "isValid" "expired")
  (#set! in condition))

; Size, emptiness, keys.
((binary_expression
  left: (call_expression
    function: (field_expression argument: (_) @subject field: (field_identifier) @name)))
  @guard.bounds_check
  (#any-of? @name "size" "length" "count")
  (#set! in condition))
((call_expression
  function: (field_expression argument: (_) @subject field: (field_identifier) @name))
  @guard.zero_check
  (#any-of? @name "empty" "isEmpty")
  (#set! in condition))
((call_expression
  function: (field_expression argument: (_) @subject field: (field_identifier) @name))
  @guard.key_check
  (#any-of? @name "contains" "count" "has" "hasKey")
  (#set! in condition))
((binary_expression
  left: (_) @subject
  operator: ["==" "!="]
  right: (call_expression function: (field_expression field: (field_identifier) @name)))
  @guard.key_check
  (#any-of? @name "end" "cend")
  (#set! in condition))

; Types.
((call_expression
  function: (template_function name: (identifier) @name)
  arguments: (argument_list . (_) @subject)) @guard.type_check
  (#any-of? @name "dynamic_cast" "dynamic_pointer_cast" "isa" "dyn_cast" "holds_alternative"
    "qobject_cast"))
((call_expression
  function: (qualified_identifier name: (template_function name: (identifier) @name))
  arguments: (argument_list . (_) @subject)) @guard.type_check
  (#any-of? @name "dynamic_pointer_cast" "holds_alternative" "get_if" "any_cast"))

; Failures.
(try_statement
  (catch_clause parameters: (parameter_list (parameter_declaration type: (_) @subject))))
  @guard.try
(try_statement (catch_clause parameters: (parameter_list "..." @subject))) @guard.try

; Objects whose destructor releases what they hold.
((declaration
  type: (qualified_identifier
    name: [(type_identifier) @name (template_type name: (type_identifier) @name)])
  declarator: (_) @subject) @guard.lock
  (#any-of? @name "lock_guard" "unique_lock" "scoped_lock" "shared_lock"))
((declaration
  type: [(type_identifier) @name (template_type name: (type_identifier) @name)]
  declarator: (_) @subject) @guard.lock
  (#match? @name "^(lock_guard|unique_lock|scoped_lock|shared_lock|\\w*(Mutex|Lock)(Guard|Locker|Holder)?|AutoLock)$"))
((declaration
  type: (qualified_identifier
    name: [(type_identifier) @name (template_type name: (type_identifier) @name)])
  declarator: (_) @subject) @guard.close
  (#any-of? @name "unique_ptr" "shared_ptr" "scoped_ptr" "ifstream" "ofstream" "fstream" "jthread"))
((call_expression
  function: [
    (qualified_identifier name: (template_function name: (identifier) @name))
    (template_function name: (identifier) @name)
  ]) @guard.close @subject
  (#any-of? @name "make_unique" "make_shared"))
(delete_expression (_) @subject) @guard.close
((call_expression
  function: (field_expression argument: (_) @subject field: (field_identifier) @name))
  @guard.close
  (#any-of? @name "close" "release" "reset" "shutdown"))
((call_expression
  function: (field_expression argument: (_) @subject field: (field_identifier) @name))
  @guard.lock
  (#any-of? @name "lock" "try_lock" "unlock" "lock_shared" "unlock_shared"))
((call_expression
  function: (field_expression argument: (_) @subject field: (field_identifier) @name))
  @guard.transaction
  (#match? @name "^(begin|start|commit|rollback)_?([tT]ransaction)?$")
  (#not-any-of? @name "begin" "start"))
((call_expression
  function: (field_expression argument: (_) @subject field: (field_identifier) @name))
  @guard.await
  (#any-of? @name "join" "wait" "wait_for" "wait_until"))
(co_await_expression (_) @subject) @guard.await

; Who may do this.
((call_expression
  function: [
    (field_expression field: (field_identifier) @name)
    (qualified_identifier name: (identifier) @name)
  ]) @guard.auth @subject
  (#match? @name "(?i)^(authori[sz]e|authenticate|require|check|verify|ensure|has|can|is)_?\\w*(auth|authenticated|authorized|login|logged_?in|perm|perms|permission|permissions|access|admin|role|roles|csrf|token|signature|owner)$|^authori[sz]e$|^authenticate$"))

; A value in place of a missing one.
((call_expression
  function: (field_expression argument: (_) @subject field: (field_identifier) @name))
  @guard.default
  (#any-of? @name "value_or" "or_else"))
