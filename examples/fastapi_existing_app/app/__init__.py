"""An application that was there before quizkit."""
