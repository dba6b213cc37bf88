; Swift's parameters have no list of their own: the function holds them.
(function_declaration) @list
(protocol_function_declaration) @list
(init_declaration) @list
; Callers write the label; without one of its own the name is the label.
(_ (parameter !external_name name: (simple_identifier) @name) @parameter @keyword_only)
((_ (parameter external_name: (simple_identifier) @name) @parameter @keyword_only)
  (#not-eq? @name "_"))
((_
  (parameter
    external_name: (simple_identifier) @label
    name: (simple_identifier) @name) @parameter)
  (#eq? @label "_"))
(_
  (parameter !external_name name: (simple_identifier) @name (_) @type .) @parameter)
((_ (parameter external_name: (simple_identifier) @name (simple_identifier) (_) @type .) @parameter)
  (#not-eq? @name "_"))
((_
  (parameter
    external_name: (simple_identifier) @label
    name: (simple_identifier) @name
    (_) @type .) @parameter)
  (#eq? @label "_"))
(_
  (parameter !external_name name: (simple_identifier) @name) @parameter . "=" @default)
((_ (parameter external_name: (simple_identifier) @name) @parameter . "=" @default)
  (#not-eq? @name "_"))
((_
  (parameter
    external_name: (simple_identifier) @label
    name: (simple_identifier) @name) @parameter . "=" @default)
  (#eq? @label "_"))
(_
  (parameter !external_name name: (simple_identifier) @name "..." @variadic) @parameter)
((_
  (parameter
    external_name: (simple_identifier) @label
    name: (simple_identifier) @name "..." @variadic) @parameter)
  (#eq? @label "_"))
