using System.Text;
using CsCheck;
using DotNats.Primitives;
using DotNats.Security;
using Shouldly;
using Xunit;

namespace Security.Tests.Permissions;

public class CompiledPermissionsTests
{
    [Theory]
    [InlineData("foo", true)]
    [InlineData("foo.x", false)]
    [InlineData("bar", false)]
    [InlineData("bar.x", true)]
    [InlineData("bar.x.y", false)]
    [InlineData("baz", false)]
    [InlineData("baz.x", true)]
    [InlineData("baz.x.y.z", true)]
    [InlineData("other", false)]
    [InlineData(">", false)]
    [InlineData("bar.*", true)]
    [InlineData("", false)]
    [InlineData("baz.", false)]
    [InlineData("baz..x", false)]
    public void Publish_allow_list_admits_what_it_matches(string subject, bool allowed) =>
        Publish(allow: ["foo", "bar.*", "baz.>"]).CanPublish(Utf8(subject)).ShouldBe(allowed);

    [Theory]
    [InlineData("no", false)]
    [InlineData("n", true)]
    [InlineData("n.x", false)]
    [InlineData("n.x.y", true)]
    [InlineData("m", true)]
    [InlineData("m.x.y", false)]
    [InlineData("yes", true)]
    public void Publish_deny_list_takes_out_of_everything(string subject, bool allowed) =>
        Publish(deny: ["no", "n.*", "m.>"]).CanPublish(Utf8(subject)).ShouldBe(allowed);

    [Fact]
    public void Deny_beats_allow()
    {
        CompiledPermissions permissions = Publish(allow: ["foo.*"], deny: ["foo.secret"]);
        permissions.CanPublish("foo.a"u8).ShouldBeTrue();
        permissions.CanPublish("foo.secret"u8).ShouldBeFalse();
    }

    [Fact]
    public void No_lists_restrict_nothing()
    {
        CompiledPermissions permissions = CompiledPermissions.Compile(new PermissionSet())!;
        permissions.RestrictsPublish.ShouldBeFalse();
        permissions.RestrictsSubscribe.ShouldBeFalse();
        permissions.CanPublish("any"u8).ShouldBeTrue();
        permissions.CanSubscribe(">"u8, default).ShouldBe(new SubscribeDecision(true, false));
        CompiledPermissions.Compile(null).ShouldBeNull();
    }

    [Fact]
    public void An_empty_allow_list_admits_nothing()
    {
        Publish(allow: []).CanPublish("any"u8).ShouldBeFalse();
        Subscribe(allow: []).CanSubscribe("any"u8, default).Allowed.ShouldBeFalse();
    }

    [Fact]
    public void Leave_to_answer_is_the_only_leave_unless_publishing_is_listed()
    {
        CompiledPermissions only = CompiledPermissions.Compile(new PermissionSet { Responses = new ResponsePermission() })!;
        only.CanPublish("any"u8).ShouldBeFalse();
        only.RestrictsPublish.ShouldBeTrue();
        CompiledPermissions both = CompiledPermissions.Compile(new PermissionSet
        {
            Publish = new SubjectPermission { Allow = ["a"] },
            Responses = new ResponsePermission(),
        })!;
        both.CanPublish("a"u8).ShouldBeTrue();
        both.CanPublish("b"u8).ShouldBeFalse();
    }

    [Theory]
    [InlineData("plain", "", true)]
    [InlineData("plain", "q", true)]
    [InlineData("foo", "", false)]
    [InlineData("foo", "v1", true)]
    [InlineData("foo", "v2", false)]
    [InlineData("foo", "v1.x", true)]
    [InlineData("foo", "v1.bad", false)]
    [InlineData("bar", "x.dev", true)]
    [InlineData("bar", "x.prod", false)]
    [InlineData("bar", "*.dev", true)]
    [InlineData("bar", "", false)]
    [InlineData("baz", "", false)]
    [InlineData("baz", "any", true)]
    [InlineData("qq", "", false)]
    [InlineData("qq", "q1", false)]
    public void Queue_entries_decide_about_queue_subscriptions(string subject, string queue, bool allowed) =>
        Subscribe(allow: ["plain", "foo v1", "foo v1.>", "bar *.dev", "baz >"], deny: ["foo v1.bad", "qq q1"])
            .CanSubscribe(Utf8(subject), Utf8(queue)).Allowed.ShouldBe(allowed);

    [Fact]
    public void A_queue_entry_beside_a_plain_one_narrows_the_queues()
    {
        CompiledPermissions permissions = Subscribe(allow: ["foo", "foo q1"]);
        permissions.CanSubscribe("foo"u8, default).Allowed.ShouldBeTrue();
        permissions.CanSubscribe("foo"u8, "q1"u8).Allowed.ShouldBeTrue();
        permissions.CanSubscribe("foo"u8, "q2"u8).Allowed.ShouldBeFalse();
    }

    [Theory]
    [InlineData("s.*", true)]
    [InlineData("s.>", true)]
    [InlineData("s.x.y", false)]
    [InlineData(">", false)]
    [InlineData("*", false)]
    [InlineData("*.x", false)]
    public void Wildcards_of_a_subscription_are_matched_as_words(string subject, bool allowed) =>
        Subscribe(allow: ["s.*"]).CanSubscribe(Utf8(subject), default).Allowed.ShouldBe(allowed);

    [Theory]
    [InlineData("no", false, false)]
    [InlineData("n.*", false, false)]
    [InlineData("n.>", false, false)]
    [InlineData("yes", true, false)]
    [InlineData("yes.*", true, false)]
    [InlineData(">", true, true)]
    [InlineData("*", true, true)]
    [InlineData("*.*", true, true)]
    [InlineData("*.x.y", true, true)]
    public void A_wildcard_over_a_denied_subject_is_filtered(string subject, bool allowed, bool filter) =>
        Subscribe(deny: ["no", "n.*", "m.>"]).CanSubscribe(Utf8(subject), default).ShouldBe(new SubscribeDecision(allowed, filter));

    [Fact]
    public void Deliveries_are_filtered_by_queue_too()
    {
        CompiledPermissions permissions = Subscribe(deny: ["w.x q2"]);
        permissions.CanSubscribe("w.*"u8, "q2"u8).ShouldBe(new SubscribeDecision(true, true));
        permissions.CanSubscribe("w.*"u8, "q3"u8).ShouldBe(new SubscribeDecision(true, false));
        permissions.CanSubscribe("w.*"u8, default).ShouldBe(new SubscribeDecision(true, false));
        permissions.CanDeliver("w.x"u8, "q2"u8).ShouldBeFalse();
        permissions.CanDeliver("w.x"u8, "q3"u8).ShouldBeTrue();
        permissions.CanDeliver("w.x"u8).ShouldBeTrue();
        permissions.CanDeliver("w.y"u8, "q2"u8).ShouldBeTrue();
    }

    [Fact]
    public void All_bad_entries_are_named()
    {
        PermissionSet set = new()
        {
            Publish = new SubjectPermission { Allow = ["a..b", "ok"], Deny = ["a b"] },
            Subscribe = new SubjectPermission { Allow = ["a b c", "a b..c"], Deny = ["..a b", "", ">.a"] },
        };
        CompiledPermissions.Validate(set).ShouldBe(
        [
            "publish allow: subject \"a..b\" is not a valid subject",
            "publish deny: subject \"a b\" is not a valid subject",
            "subscribe allow: subject \"a b c\" is not a valid subject",
            "subscribe allow: queue \"b..c\" is not a valid queue",
            "subscribe deny: subject \"..a\" is not a valid subject",
            "subscribe deny: subject \"\" is not a valid subject",
            "subscribe deny: subject \">.a\" is not a valid subject",
        ]);
        Should.Throw<ArgumentException>(() => CompiledPermissions.Compile(set));
    }

    // Lists longer than the scan limit are compiled differently; both forms must say the same.
    [Fact]
    public void Long_lists_decide_as_their_short_parts_do()
    {
        Gen<string> token = OneOf("a", "b", "*", ">", "cc");
        Gen<string> subject = token.Array[1, 4].Select(tokens => string.Join('.', tokens));
        Gen<string> valid = subject.Where(s => !s.Contains(">.", StringComparison.Ordinal));
        Gen<string> entry = Gen.OneOf(valid, Gen.Select(valid, valid, (s, q) => s + " " + q));
        Gen.Select(entry.Array[3, 40], subject, Gen.OneOf(Gen.Const(""), valid)).Sample((entries, asked, queue) =>
        {
            EntrySet whole = Entries(entries);
            EntryMatch expected = default;
            foreach (string part in entries)
            {
                EntryMatch match = Entries([part]).Match(Utf8(asked), Utf8(queue));
                expected = new EntryMatch(expected.Plain || match.Plain, expected.AnyQueue || match.AnyQueue, expected.Queue || match.Queue);
            }

            whole.Match(Utf8(asked), Utf8(queue)).ShouldBe(expected);
        }, iter: 2_000);
    }

    // The filter may only be left out where no message the subscription takes is denied.
    [Fact]
    public void Unfiltered_subscriptions_never_take_a_denied_subject()
    {
        Gen<string> word = OneOf("a", "b", "cc");
        Gen<string> token = Gen.OneOf(word, OneOf("*", ">"));
        Gen<string> filter = token.Array[1, 3].Select(tokens => string.Join('.', tokens)).Where(s => !s.Contains(">.", StringComparison.Ordinal));
        Gen<string> literal = word.Array[1, 4].Select(tokens => string.Join('.', tokens));
        Gen.Select(filter.Array[1, 4], filter, literal).Sample((deny, asked, message) =>
        {
            CompiledPermissions permissions = Subscribe(deny: deny);
            SubscribeDecision decision = permissions.CanSubscribe(Utf8(asked), default);
            if (decision is { Allowed: true, FilterDeliveries: false } && Subjects.Matches(Utf8(message), Utf8(asked)))
                permissions.CanDeliver(Utf8(message)).ShouldBeTrue();
        }, iter: 10_000);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(100)]
    public void Checks_allocate_nothing(int length)
    {
        string[] list = [.. Enumerable.Range(0, length).Select(i => $"a{i}.*.>"), "b.* q.*"];
        CompiledPermissions permissions = CompiledPermissions.Compile(new PermissionSet
        {
            Publish = new SubjectPermission { Allow = list[..^1], Deny = list[..^1] },
            Subscribe = new SubjectPermission { Allow = list, Deny = list },
        })!;
        Ask(permissions);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            Ask(permissions);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        static void Ask(CompiledPermissions permissions)
        {
            permissions.CanPublish("a2.b.c.d"u8);
            permissions.CanSubscribe("b.*"u8, "q.x"u8);
            permissions.CanSubscribe("a2.*.x"u8, default);
            permissions.CanDeliver("a2.y.x"u8);
        }
    }

    private static EntrySet Entries(string[] texts) => 
        new([.. texts.Select(text => PermissionEntry.Parse(text, allowQueue: true, out _).ShouldNotBeNull())]);

    private static CompiledPermissions Publish(string[]? allow = null, string[]? deny = null) =>
        CompiledPermissions.Compile(new PermissionSet { Publish = new SubjectPermission { Allow = allow, Deny = deny } })!;

    private static CompiledPermissions Subscribe(string[]? allow = null, string[]? deny = null) =>
        CompiledPermissions.Compile(new PermissionSet { Subscribe = new SubjectPermission { Allow = allow, Deny = deny } })!;

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
