using System;
using System.Collections.Generic;
using Wholesale.Import;

// The range of the shop has some 60,000 articles.
var range = new List<Price>(new PriceFile(args[0]).Read());
foreach (var sku in new PriceUpdate().Changed(range, new PriceFile(args[1])))
{
    Console.WriteLine(sku);
}
