from rag.apps.cli.main import main

main()
