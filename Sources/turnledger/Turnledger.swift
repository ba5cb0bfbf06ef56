import TurnledgerCLI
@main struct T { static func main() {} }
