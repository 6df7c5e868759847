using DotNats.App;

return Application.Run(args);
