using DotNats;
using DotNats.Client;

await using NatsServer server = await NatsServer.StartAsync(new NatsServerOptions { Host = "127.0.0.1", Port = 0 });
await using NatsConnection nats = await NatsConnection.ConnectAsync(server.ConnectInProcess());

NatsSubscription greetings = nats.Subscribe("greet.*");
await nats.PublishAsync("greet.world", "hello");
NatsMessage greeting = await greetings.ReadAsync();
Console.WriteLine($"{greeting.Subject}: {greeting.Text}");

NatsSubscription clock = nats.Subscribe("clock");
Task answering = Task.Run(async () => await (await clock.ReadAsync()).RespondAsync("half past ten"));
Console.WriteLine((await nats.RequestAsync("clock", "what time is it?")).Text);
await answering;
