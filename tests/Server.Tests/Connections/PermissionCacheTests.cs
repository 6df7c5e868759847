using System.Text;
using DotNats.Security;
using DotNats.Server.Connections;
using Shouldly;
using Xunit;

namespace Server.Tests.Connections;

public sealed class PermissionCacheTests
{
    private static readonly CompiledPermissions Permissions = CompiledPermissions.Compile(new PermissionSet
    {
        Publish = new SubjectPermission { Allow = ["ok.>", "also"], Deny = ["ok.no.*"] },
    })!;

    [Fact]
    public void Answers_are_those_of_the_permissions_whatever_came_before()
    {
        var random = new Random(3);
        var cache = new PermissionCache(Permissions);
        for (int i = 0; i < 20_000; i++)
        {
            string subject = random.Next(6) switch
            {
                0 => "also",
                1 => "",
                2 => "ok.no." + random.Next(200),
                3 => "ok." + new string('x', random.Next(400)),
                _ => "ok.yes." + random.Next(1000),
            };
            byte[] bytes = Encoding.ASCII.GetBytes(subject);
            for (int again = 0; again < 2; again++) cache.Allows(bytes).ShouldBe(Permissions.CanPublish(bytes), subject);
        }
    }

    [Fact]
    public void Deliveries_are_judged_by_what_may_be_subscribed_to()
    {
        CompiledPermissions permissions = CompiledPermissions.Compile(new PermissionSet
        {
            Publish = new SubjectPermission { Deny = ["a"] },
            Subscribe = new SubjectPermission { Deny = ["b", "c queue"] },
        })!;
        var cache = new PermissionCache(permissions, ofDeliveries: true);
        foreach (string subject in (string[])["a", "b", "c", "b", "a"]) cache.Allows(Encoding.ASCII.GetBytes(subject)).ShouldBe(subject != "b", subject);
    }

    [Fact]
    public void Many_subjects_in_turn_allocate_nothing_once_their_slots_have_room()
    {
        var cache = new PermissionCache(Permissions);
        byte[][] subjects = [.. Enumerable.Range(0, 1000).Select(i => Encoding.ASCII.GetBytes($"ok.{i}.some"))];
        long least = long.MaxValue;
        for (int round = 0; round < 10; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            foreach (byte[] subject in subjects) cache.Allows(subject);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        least.ShouldBe(0);
    }
}
