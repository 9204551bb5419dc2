"""The grade of a taker in an assignment, which finishing an attempt and the gradebook both compute."""
