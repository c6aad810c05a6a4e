// This file lets the package declare a function of another one without a body.
