using DotNats.Security;
using Shouldly;
using Xunit;

namespace Security.Tests.Jwt.Rules;

public sealed class ScopeTemplateTests
{
    private static readonly UserClaims User = new()
    {
        Name = "joe", Subject = "UJOE", IssuerAccount = "AACC", Tags = ["dept:sales", "dept:ops", "zone:eu.west", "empty:", "bad:a b", "unique"],
    };

    private static readonly AccountClaims Account = new() { Name = "acme", Subject = "AACC", Tags = ["plan:gold", "region:x", "region:y"] };

    [Theory]
    [InlineData("a.{{name()}}", "a.joe")]
    [InlineData("a.{{subject()}}.>", "a.UJOE.>")]
    [InlineData("{{account-name()}}.{{account-subject()}}", "acme.AACC")]
    [InlineData("{{ name() }}.{{NAME()}}", "joe.joe")]
    [InlineData("{{tag(zone)}}.x", "eu.west.x")]
    [InlineData("{{tag(ZONE)}}", "eu.west")]
    [InlineData("{{account-tag(plan)}}", "gold")]
    [InlineData("{{tag(dept)}}", "sales", "ops")]
    [InlineData("{{tag(dept)}}.{{account-tag(region)}}", "sales.x", "sales.y", "ops.x", "ops.y")]
    [InlineData("{{tag(dept)}}.{{name()}}.{{tag(dept)}}", "sales.joe.sales", "sales.joe.sales", "ops.joe.ops", "ops.joe.ops")]
    [InlineData("plain.{}.{{}}", "plain.{}.{{}}")]
    public void Operations_are_filled_in(string template, params string[] subjects) => Allowed(template).ShouldBe(subjects);

    [Theory]
    [InlineData("{{tag(none)}}")]
    [InlineData("a.{{tag(empty)}}")]
    [InlineData("a.{{tag(bad)}}")]
    [InlineData("{{Tag(zone)}}")]
    [InlineData("{{tag(unique)}}")]
    [InlineData("{{name()}} queue")]
    public void What_comes_to_nothing_is_not_allowed_and_neither_is_anything_else(string template)
    {
        UserLimitsClaim limits = Apply(new SubjectPermission { Allow = [template] });
        limits.Permissions.Publish!.Allow.ShouldBeEmpty();
        limits.Permissions.Publish.Deny.ShouldBe([">"]);
    }

    [Fact]
    public void What_comes_to_something_is_kept_beside_it()
    {
        UserLimitsClaim limits = Apply(new SubjectPermission { Allow = ["{{tag(none)}}", "{{name()}}", "plain", "no subject"], Deny = [">"] });
        limits.Permissions.Publish!.Allow.ShouldBe(["joe", "plain"]);
        limits.Permissions.Publish.Deny.ShouldBe([">"]);
        Apply(new SubjectPermission { Allow = ["{{tag(none)}}"], Deny = [">"] }).Permissions.Publish!.Deny.ShouldBe([">"]);
    }

    [Fact]
    public void A_list_without_operations_stays_as_it_is()
    {
        SubjectPermission plain = new() { Allow = ["a", "b queue", ""], Deny = ["c d e"] };
        SubjectPermission filled = Apply(plain).Permissions.Publish!;
        filled.Allow.ShouldBe(plain.Allow);
        filled.Deny.ShouldBe(plain.Deny);
    }

    [Theory]
    [InlineData("{{tag(none)}}", "generated invalid subject \"{{tag(none)}}\": \"none\" is not defined")]
    [InlineData("{{tag(bad)}}", "generated invalid subject")]
    [InlineData("{{name()}}..x", "generated invalid subject")]
    [InlineData("{{nothing()}}", "template operation in \"{{nothing()}}\": \"nothing()\" is not defined")]
    [InlineData("{{tag(}}", "template operation in \"{{tag(}}\": \"tag(\" is not defined")]
    [InlineData("{{{name()}}", "template operation in \"{{{name()}}\": \"{name()\" is not defined")]
    public void A_denial_that_cannot_be_filled_in_refuses_the_user(string template, string reason)
    {
        UserLimitsClaim scope = new() { Permissions = new PermissionSet { Subscribe = new SubjectPermission { Deny = [template] } } };
        ScopeTemplate.TryApply(scope, User, Account, out UserLimitsClaim? limits, out string? error).ShouldBeFalse();
        limits.ShouldBeNull();
        error.ShouldBe(reason);
    }

    [Fact]
    public void An_unknown_operation_refuses_wherever_it_is()
    {
        UserLimitsClaim scope = new() { Permissions = new PermissionSet { Publish = new SubjectPermission { Allow = ["{{x()}}"] } } };
        ScopeTemplate.TryApply(scope, User, Account, out _, out string? error).ShouldBeFalse();
        error.ShouldBe("template operation in \"{{x()}}\": \"x()\" is not defined");
    }

    [Fact]
    public void Combinations_are_bounded()
    {
        UserClaims many = User with { Tags = [.. Enumerable.Range(0, 64).Select(i => $"n:{i}")] };
        UserLimitsClaim scope = new() { Permissions = new PermissionSet { Publish = new SubjectPermission { Allow = ["{{tag(n)}}.{{tag(n)}}"] } } };
        ScopeTemplate.TryApply(scope, many, Account, out UserLimitsClaim? limits, out _).ShouldBeTrue();
        // Equal operations take equal values, so that both see the first one chosen.
        limits!.Permissions.Publish!.Allow!.Count.ShouldBe(ScopeTemplate.MaxSubjects);
        many = many with { Tags = [.. many.Tags, "n:64"] };
        ScopeTemplate.TryApply(scope, many, Account, out _, out string? error).ShouldBeFalse();
        error.ShouldBe("template expansion exceeds limit: 4096");
    }

    [Fact]
    public void All_but_subjects_is_taken_from_the_template()
    {
        UserLimitsClaim scope = UserLimitsClaim.Unlimited with
        {
            BearerToken = true, Sources = ["10.0.0.0/8"], Permissions = new PermissionSet { Responses = new ResponsePermission { MaxMessages = 3 } },
        };
        ScopeTemplate.TryApply(scope, User, Account, out UserLimitsClaim? limits, out _).ShouldBeTrue();
        limits.ShouldBe(scope);
    }

    private static IReadOnlyList<string> Allowed(string template) => Apply(new SubjectPermission { Allow = [template] }).Permissions.Publish!.Allow!;

    private static UserLimitsClaim Apply(SubjectPermission publish)
    {
        UserLimitsClaim scope = new() { Permissions = new PermissionSet { Publish = publish } };
        ScopeTemplate.TryApply(scope, User, Account, out UserLimitsClaim? limits, out string? error).ShouldBeTrue(error);
        return limits!;
    }
}
