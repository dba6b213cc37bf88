(parameter_list) @list
; The object that an extension method is called on stands before the dot.
(parameter_list (parameter !type name: (identifier) @name) @parameter)
(parameter_list (parameter . type: (_) @type name: (identifier) @name) @parameter)
(parameter_list (parameter . (attribute_list) type: (_) @type name: (identifier) @name) @parameter)
(parameter_list
  (parameter
    (modifier) @modifier
    type: (_) @type
    name: (identifier) @name) @parameter
  (#not-eq? @modifier "this"))
(parameter_list
  (parameter name: (identifier) @name "=" (_) @default) @parameter)
; `params T[] rest` has no node of its own.
(parameter_list type: (_) @type name: (identifier) @parameter @name @variadic)
