using Architecture.Tests;
using Xunit;

[assembly: AssemblyFixture(typeof(Repository))]
