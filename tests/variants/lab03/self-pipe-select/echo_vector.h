void echo_vector(int fd);
