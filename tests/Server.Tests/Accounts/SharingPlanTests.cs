using System.Text;
using CsCheck;
using DotNats;
using DotNats.Primitives;
using DotNats.Server.Accounts;
using Shouldly;
using Xunit;
using static Server.Tests.Accounts.SharingServer;

namespace Server.Tests.Accounts;

// Texts are those nats-server 2.15.1 refuses such configurations with.
public sealed class SharingPlanTests
{
    [Theory]
    [InlineData("""exports: [ {stream: "foo.>", accounts: [B]} ]""", """imports: [ {stream: {account: A, subject: "foo.x"}} ]""", null)]
    [InlineData("""exports: [ {stream: "foo.>", accounts: [A]} ]""", """imports: [ {stream: {account: A, subject: "foo.x"}} ]""", "Error adding stream import \"foo.x\": stream import not authorized")]
    [InlineData("""exports: [ {stream: "foo.*"} ]""", """imports: [ {stream: {account: A, subject: "foo.>"}} ]""", "Error adding stream import \"foo.>\": stream import not authorized")]
    [InlineData("""exports: [ {service: svc, accounts: [A]} ]""", "imports: [ {service: {account: A, subject: svc}} ]", "Error adding service import \"svc\": service import not authorized")]
    [InlineData("exports: [ {stream: svc} ]", "imports: [ {service: {account: A, subject: svc}} ]", "Error adding service import \"svc\": service import not authorized")]
    [InlineData("""exports: [ {service: "foo.*", account_token_position: 2} ]""", "imports: [ {service: {account: A, subject: foo.B}, to: bar} ]", null)]
    [InlineData("""exports: [ {service: "foo.*", account_token_position: 2} ]""", "imports: [ {service: {account: A, subject: foo.C}} ]", "Error adding service import \"foo.C\": service import not authorized")]
    [InlineData("""exports: [ {stream: "foo.*", account_token_position: 1} ]""", "", "Error adding stream export \"foo.*\": sublist: invalid subject")]
    [InlineData("exports: [ {service: svc, latency: svc} ]", "", "Error adding service latency sampling for \"svc\" on subject \"svc\": invalid publish subject")]
    [InlineData("exports: [ {service: svc, response: stream, latency: lat} ]", "", "Error adding service latency sampling for \"svc\" on subject \"lat\": bad service response type")]
    [InlineData("exports: [ {stream: foo, accounts: [X]} ]", "", "\"X\" account not defined for stream export")]
    [InlineData("", "imports: [ {stream: {account: X, subject: foo}} ]", "\"X\" account not defined for stream import")]
    [InlineData("""exports: [ {stream: "f.*.*"} ]""", """imports: [ {stream: {account: A, subject: "f.*.*"}, to: "g.$1"} ]""", "Error adding stream import \"f.*.*\": failed to create mapping transform for stream import subject from \"f.*.*\" to \"g.$1\": invalid mapping destination: not using all of the token wildcard(s) in g.$1")]
    [InlineData("""exports: [ {stream: "f.*"} ]""", """imports: [ {stream: {account: A, subject: "f.*"}, prefix: "p.*"} ]""", "Error adding stream import \"f.*\": stream import prefix can not contain wildcard tokens")]
    [InlineData("exports: [ {stream: f} ]", "imports: [ {stream: {account: A, subject: f}}, {stream: {account: A, subject: f}, to: g} ]", "Error adding stream import \"f\": stream import already exists")]
    public void Imports_are_checked_against_exports(string a, string b, string? error) =>
        Error(("A", a), ("B", b)).ShouldBe(error ?? "");

    [Theory]
    [InlineData(
        """exports: [ {service: x} ], imports: [ {service: {account: B, subject: y}, to: x} ]""",
        """exports: [ {service: y} ], imports: [ {service: {account: A, subject: x}, to: y} ]""",
        "Error adding service import \"x\": import forms a cycle")]
    [InlineData(
        """exports: [ {stream: x} ], imports: [ {stream: {account: B, subject: x}} ]""",
        """exports: [ {stream: x} ], imports: [ {stream: {account: A, subject: x}} ]""",
        "Error adding stream import \"x\": import forms a cycle")]
    [InlineData(
        """exports: [ {stream: "x.>"} ], imports: [ {stream: {account: B, subject: "x.y"}} ]""",
        """exports: [ {stream: "x.*"} ], imports: [ {stream: {account: A, subject: "x.y"}} ]""",
        "Error adding stream import \"x.y\": import forms a cycle")]
    public void Circles_of_imports_are_refused(string a, string b, string error) => Error(("A", a), ("B", b)).ShouldBe(error);

    [Fact]
    public void A_circle_over_three_accounts_is_refused() => Error(
        ("A", "exports: [ {service: x} ], imports: [ {service: {account: C, subject: x}} ]"),
        ("B", "exports: [ {service: x} ], imports: [ {service: {account: A, subject: x}} ]"),
        ("C", "exports: [ {service: x} ], imports: [ {service: {account: B, subject: x}} ]")).ShouldBe("Error adding service import \"x\": import forms a cycle");

    [Fact]
    public async Task Claims_are_put_in_force_one_account_at_a_time_and_importers_follow()
    {
        await using SharingServer server = await StartAsync(("A", ""), ("B", ""));
        AccountRegistry accounts = server.Server.Server.Core.Accounts;
        (Account a, Account b) = (server.Account("A"), server.Account("B"));
        var export = new ExportTerms(new AccountExport { Subject = "foo.>" }) { TokenRequired = true };
        var import = new ImportTerms(new AccountImport { Account = "A", Subject = "foo.x" }) { ActivationToken = "good" };
        bool IsActive(string importer, ImportTerms wanted, string exporter, ExportTerms exported) => importer == "B" && exporter == "A" && wanted.ActivationToken == "good" && exported == export;

        accounts.UpdateSharing(new Dictionary<Account, SharingTerms> { [b] = new() { Imports = [import] } }, IsActive)
            .ShouldBe(["Error adding stream import \"foo.x\": stream import not authorized"]);
        b.Sharing.IsComplete.ShouldBeFalse();
        accounts.UpdateSharing(new Dictionary<Account, SharingTerms> { [a] = new() { Exports = [export] } }, IsActive).ShouldBeEmpty();
        b.Sharing.IsComplete.ShouldBeTrue();
        b.Sharing.StreamImports.ShouldHaveSingleItem().From.ShouldBe("foo.x");
        accounts.UpdateSharing(new Dictionary<Account, SharingTerms> { [a] = new() { Exports = [export] } }, activations: null).Count.ShouldBe(1);
        b.Sharing.StreamImports.ShouldBeEmpty();
    }

    [Fact]
    public void The_intersection_of_two_filters_matches_what_both_match()
    {
        Gen<string> filter = Gen.OneOf(Gen.Const("a"), Gen.Const("b"), Gen.Const("*")).Array[1, 4].Select(Gen.Bool, (tokens, open) => string.Join('.', tokens) + (open ? ".>" : ""));
        Gen<string> subject = Gen.OneOf(Gen.Const("a"), Gen.Const("b")).Array[1, 5].Select(tokens => string.Join('.', tokens));
        Gen.Select(filter, filter, subject.Array[20]).Sample((left, right, subjects) =>
        {
            byte[] a = Encoding.ASCII.GetBytes(left), b = Encoding.ASCII.GetBytes(right);
            byte[]? both = ImportSubjects.Intersect(a, b);
            foreach (string each in subjects)
            {
                byte[] s = Encoding.ASCII.GetBytes(each);
                bool expected = Subjects.Matches(s, a) && Subjects.Matches(s, b);
                if ((both is not null && Subjects.Matches(s, both)) != expected) return false;
            }

            return true;
        });
    }
}
