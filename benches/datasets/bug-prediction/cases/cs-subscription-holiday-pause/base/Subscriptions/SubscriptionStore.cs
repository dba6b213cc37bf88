using System.Collections.Generic;
using System.Data.Common;
using System.Threading.Tasks;

namespace Zeitung.Subscriptions;

public sealed record Subscription(int Id, string Reader, SubscriptionState State);

/// <summary>Subscriptions in the database; <c>state</c> is a small integer.</summary>
public sealed class SubscriptionStore
{
    private readonly DbConnection connection;

    public SubscriptionStore(DbConnection connection) => this.connection = connection;

    public async Task SetStateAsync(int id, SubscriptionState state)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "update subscription set state = @state where id = @id";
        Add(command, "state", (short)state);
        Add(command, "id", id);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<List<Subscription>> AllAsync()
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "select id, reader, state from subscription order by id";
        await using var rows = await command.ExecuteReaderAsync();
        var all = new List<Subscription>();
        while (await rows.ReadAsync())
        {
            all.Add(new Subscription(rows.GetInt32(0), rows.GetString(1), (SubscriptionState)rows.GetInt16(2)));
        }
        return all;
    }

    private static void Add(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }
}
