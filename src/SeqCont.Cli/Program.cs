using SeqCont.Cli;

return CommandLine.RunProcess(args);
