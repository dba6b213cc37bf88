using System.Linq;
using Exchangely.Pricing;
using Microsoft.AspNetCore.Mvc;

namespace Exchangely.Api;

[ApiController]
[Route("portfolios")]
public class PortfolioController : ControllerBase
{
    private readonly IPortfolioStore _store;
    private readonly Converter _converter;

    public PortfolioController(IPortfolioStore store, Converter converter)
    {
        _store = store;
        _converter = converter;
    }

    [HttpGet("{id}/value")]
    public IActionResult GetValue(string id)
    {
        // Customers import positions from other banks, in whatever currency those use.
        var positions = _store.Positions(id);
        var (total, unpriced) = _converter.Value(positions);
        return Ok(new { total, unpriced });
    }
}
