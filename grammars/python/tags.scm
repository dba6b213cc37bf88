; Definitions. A function right inside a class becomes a method by its place.
(function_definition name: (identifier) @name) @definition.function
(class_definition name: (identifier) @name) @definition.class

(function_definition
  name: (identifier) @name
  body: (block . (expression_statement (string) @doc))) @definition.function
(class_definition
  name: (identifier) @name
  body: (block . (expression_statement (string) @doc))) @definition.class

(module
  (expression_statement
    (assignment left: (identifier) @name) @definition.constant)
  (#match? @name "^_?[A-Z][A-Z0-9_]+$"))
(class_definition
  body: (block
    (expression_statement
      (assignment left: (identifier) @name) @definition.constant))
  (#match? @name "^_?[A-Z][A-Z0-9_]+$"))
(type_alias_statement left: (type (identifier) @name)) @definition.type

(decorated_definition definition: (_) @wrapped) @wrapper
(comment) @comment

; References.
(call function: (identifier) @name arguments: (_) @arguments) @reference.call
(call
  function: (attribute object: (_) @receiver attribute: (identifier) @name)
  arguments: (_) @arguments) @reference.call
(attribute object: (_) @receiver attribute: (identifier) @reference.use)
(identifier) @reference.use

; Imports.
(import_statement name: (dotted_name) @module) @import
(import_statement
  name: (aliased_import name: (dotted_name) @module alias: (identifier) @alias)) @import
(import_from_statement module_name: (_) @module name: (dotted_name) @name) @import
(import_from_statement
  module_name: (_) @module
  name: (aliased_import name: (dotted_name) @name alias: (identifier) @alias)) @import
(import_from_statement module_name: (_) @module (wildcard_import) @name) @import
