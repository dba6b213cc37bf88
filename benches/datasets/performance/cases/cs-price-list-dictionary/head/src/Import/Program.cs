using System;
using System.Collections.Generic;
using Wholesale.Import;

// The range of the shop has some 60,000 articles.
var range = new List<Price>(new PriceFile(args[0]).Read());
var differences = new PriceUpdate().Compare(range, new PriceFile(args[1]));
foreach (var sku in differences.Changed)
{
    Console.WriteLine($"changed {sku}");
}
foreach (var sku in differences.Missing)
{
    Console.WriteLine($"missing {sku}");
}
