package workers_test

const linux = true
