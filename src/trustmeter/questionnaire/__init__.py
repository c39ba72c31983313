"""What is asked: questionnaires as pure data; read, checked, translated."""
