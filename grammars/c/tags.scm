; What C and C++ share. Functions; `type *f()` puts pointers around the name.
((function_definition
  declarator: [
    (function_declarator declarator: (identifier) @name)
    (pointer_declarator (function_declarator declarator: (identifier) @name))
    (pointer_declarator
      (pointer_declarator (function_declarator declarator: (identifier) @name)))
  ]) @definition.function
  (#not-match? @name "^(TYPED_)?TEST(_F|_P)?$"))
; `TEST(Suite, Case) { ... }` of googletest and its like.
((function_definition
  declarator: (function_declarator
    declarator: (identifier) @macro
    parameters: (parameter_list
      . (parameter_declaration type: (type_identifier) @owner)
      . (parameter_declaration type: (type_identifier) @name) .))) @definition.function
  (#match? @macro "^(TYPED_)?TEST(_F|_P)?$"))

; Declarations, as headers hold them. Inside a function the same form may be a
; variable, so the places are named.
(translation_unit
  (declaration
    declarator: [
      (function_declarator declarator: (identifier) @name)
      (pointer_declarator (function_declarator declarator: (identifier) @name))
      (pointer_declarator
        (pointer_declarator (function_declarator declarator: (identifier) @name)))
    ]) @definition.function)
(preproc_ifdef
  (declaration
    declarator: [
      (function_declarator declarator: (identifier) @name)
      (pointer_declarator (function_declarator declarator: (identifier) @name))
      (pointer_declarator
        (pointer_declarator (function_declarator declarator: (identifier) @name)))
    ]) @definition.function)
(preproc_if
  (declaration
    declarator: [
      (function_declarator declarator: (identifier) @name)
      (pointer_declarator (function_declarator declarator: (identifier) @name))
      (pointer_declarator
        (pointer_declarator (function_declarator declarator: (identifier) @name)))
    ]) @definition.function)
(declaration_list
  (declaration
    declarator: [
      (function_declarator declarator: (identifier) @name)
      (pointer_declarator (function_declarator declarator: (identifier) @name))
      (pointer_declarator
        (pointer_declarator (function_declarator declarator: (identifier) @name)))
    ]) @definition.function)

(preproc_function_def name: (identifier) @name value: (_)? @body) @definition.function
(preproc_def name: (identifier) @name value: (_)) @definition.constant

; Types, with their members only: `struct cart *c` is a use.
(struct_specifier name: (type_identifier) @name body: (_)) @definition.class
(union_specifier name: (type_identifier) @name body: (_)) @definition.class
(enum_specifier name: (type_identifier) @name body: (_)) @definition.enum
(type_definition
  type: [
    (struct_specifier !name body: (_) @body)
    (union_specifier !name body: (_) @body)
  ]
  declarator: (type_identifier) @name) @definition.class
(type_definition
  type: (enum_specifier !name body: (_) @body)
  declarator: (type_identifier) @name) @definition.enum
; The second name of a struct does not contain it.
(type_definition
  type: [
    (struct_specifier name: (_))
    (union_specifier name: (_))
    (enum_specifier name: (_))
  ]
  declarator: (type_identifier) @name @definition.type)
(type_definition
  type: [
    (type_identifier)
    (primitive_type)
    (sized_type_specifier)
  ]
  declarator: [
    (type_identifier) @name
    (pointer_declarator (type_identifier) @name)
    (array_declarator (type_identifier) @name)
    (function_declarator
      declarator: (parenthesized_declarator (pointer_declarator (type_identifier) @name)))
  ]) @definition.type

(enumerator name: (identifier) @name) @definition.constant
(translation_unit
  (declaration
    declarator: [
      (init_declarator declarator: (identifier) @name)
      (init_declarator declarator: (array_declarator declarator: (identifier) @name))
      (init_declarator declarator: (pointer_declarator (identifier) @name))
    ]) @definition.constant)

(comment) @comment

; References.
(call_expression function: (identifier) @name arguments: (_) @arguments) @reference.call
(call_expression
  function: (field_expression argument: (_) @receiver field: (field_identifier) @name)
  arguments: (_) @arguments) @reference.call
(call_expression
  function: (parenthesized_expression (pointer_expression (identifier) @name))
  arguments: (_) @arguments) @reference.call
(field_expression argument: (_) @receiver field: (field_identifier) @reference.use)
(identifier) @reference.use
(type_identifier) @reference.use

; Imports: a header brings in all that it declares.
(preproc_include path: (string_literal (string_content) @module)) @import
(preproc_include path: (system_lib_string) @module) @import
