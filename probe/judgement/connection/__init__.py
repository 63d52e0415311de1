"""What SChannel, Winsock and HttpWebRequest make of a connection: agreed, refused or broken."""
