using System.Collections.Generic;
using Exchangely.Pricing;

namespace Exchangely.Api;

public interface IPortfolioStore
{
    IReadOnlyList<Position> Positions(string portfolioId);
}
