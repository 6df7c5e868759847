using DotNats.Configuration;
using DotNats.Security;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Configuration;

public class PermissionListTests
{
    [Theory]
    [InlineData("publish: []")]
    [InlineData("publish: { allow: [] }")]
    [InlineData("publish: { allow: [], deny: [] }")]
    [InlineData("publish: {}")]
    [InlineData("subscribe: []")]
    [InlineData("subscribe: { allow: [] }")]
    public void An_empty_list_restricts_nothing(string permissions)
    {
        PermissionSet set = Read(permissions);
        set.Publish?.Allow.ShouldBeNull();
        set.Subscribe?.Allow.ShouldBeNull();
    }

    [Theory]
    [InlineData("allow_responses: true")]
    [InlineData("allow_responses: true, publish: []")]
    [InlineData("publish: { deny: x }, allow_responses: { max: 2 }")]
    public void Leave_to_answer_forbids_the_rest(string permissions) => Read(permissions).Publish!.Allow!.ShouldBeEmpty();

    private static PermissionSet Read(string permissions)
    {
        ConfigResult result = ConfigLoader.LoadText($"authorization {{ users: [ {{ user: a, password: a, permissions: {{ {permissions} }} }} ] }}");
        result.Errors.ShouldBeEmpty();
        return result.Options!.Authorization.Users[0].Permissions.ShouldNotBeNull();
    }
}
