using DotNats;
using DotNats.Server.Accounts;
using DotNats.Server.Connections;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Connections;

public sealed class AccountMembershipTests
{
    [Fact]
    public async Task A_connection_counts_in_one_account_until_it_ends()
    {
        await using TestServer server = await TestServer.StartAsync();
        (Account a, Account b) = Accounts(server);
        var membership = new AccountMembership();
        membership.Account.ShouldBeNull();
        membership.Move(a).ShouldBe(MembershipMove.Counted);
        membership.Move(a).ShouldBe(MembershipMove.Counted);
        membership.Move(b).ShouldBe(MembershipMove.Counted);
        (a.Connections, b.Connections).ShouldBe((0, 1));
        membership.Account.ShouldBeSameAs(b);
        membership.End().ShouldBeSameAs(b);
        membership.End().ShouldBeNull();
        (a.Connections, b.Connections).ShouldBe((0, 0));
    }

    [Fact]
    public async Task Where_there_is_no_room_it_counts_nowhere()
    {
        await using TestServer server = await TestServer.StartAsync();
        (Account a, Account b) = Accounts(server);
        b.Limits = new AccountLimitOptions { MaxConnections = 0 };
        var membership = new AccountMembership();
        membership.Move(a);
        membership.Move(b).ShouldBe(MembershipMove.Full);
        (a.Connections, b.Connections).ShouldBe((0, 0));
        membership.End().ShouldBeNull();
    }

    [Fact]
    public async Task A_login_that_concludes_after_the_end_counts_nowhere()
    {
        await using TestServer server = await TestServer.StartAsync();
        (Account a, Account b) = Accounts(server);
        var membership = new AccountMembership();
        membership.Move(a);
        membership.End();
        membership.Move(b).ShouldBe(MembershipMove.Ended);
        membership.Move(a).ShouldBe(MembershipMove.Ended);
        (a.Connections, b.Connections).ShouldBe((0, 0));
    }

    [Fact]
    public async Task Nor_does_one_that_concludes_at_that_very_moment()
    {
        await using TestServer server = await TestServer.StartAsync();
        (Account a, Account b) = Accounts(server);
        AccountMembership[] members = [.. Enumerable.Range(0, 20_000).Select(_ => new AccountMembership())];
        foreach (AccountMembership member in members) member.Move(a);
        using var start = new Barrier(2);
        Task login = Task.Factory.StartNew(() => ForEach(member => member.Move(b), 0), TaskCreationOptions.LongRunning);
        Task close = Task.Factory.StartNew(() => ForEach(member => member.End(), 30), TaskCreationOptions.LongRunning);
        await Task.WhenAll(login, close);
        (a.Connections, b.Connections).ShouldBe((0, 0));
        members.ShouldAllBe(member => member.Account == null);

        // Both begin together; who is first changes from one to the next.
        void ForEach(Action<AccountMembership> act, int spins)
        {
            foreach (AccountMembership member in members)
            {
                start.SignalAndWait();
                Thread.SpinWait(spins == 0 ? 0 : Random.Shared.Next(spins));
                act(member);
            }
        }
    }

    private static (Account A, Account B) Accounts(TestServer server) =>
        (server.Server.Core.Accounts.GetOrAdd("A"), server.Server.Core.Accounts.GetOrAdd("B"));
}
