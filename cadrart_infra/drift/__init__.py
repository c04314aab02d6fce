"""What people and programs did to declared objects: noticed, reported, put right, and left alone where it is theirs."""
