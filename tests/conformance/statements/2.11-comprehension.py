[j for j in range(3)]
j
